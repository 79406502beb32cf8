/** What workloads hold against what they use, with who answers for them. Pure. */
import { endOf, type Ownership, ownershipOf } from "../chain/names/workload.ts";
import { partyId, workloadParty } from "../chain/party.ts";
import type { Workload } from "./workload.ts";

/** A registered client, as far as the inventory is concerned (worker/oauth/clients.ts). */
export interface Owned extends Ownership {
  readonly client_id: string;
  readonly actor: string;
  readonly scopes: readonly string[];
}

/** A registered workload, in the same way. */
export interface Registered extends Ownership {
  readonly name: string;
}

export interface InventoryItem extends Omit<Workload, "scopes">, Partial<Ownership> {
  /** Of the registered client that is this actor. */
  readonly client: string | undefined;
  readonly used: readonly string[];
  /** Held in a chain, or registered, and never used. */
  readonly unused: readonly string[];
  readonly warnings: readonly string[];
}

/** Seconds from which on a credential counts as long-lived. */
const LONG_LIFE = 12 * 3600;
const IDLE_DAYS = 30;

/**
 * @param registry who answers for the names of what is registered: the gateway's id
 * @param now milliseconds since the epoch
 */
export function inventory(
  workloads: readonly Workload[],
  clients: readonly Owned[],
  registered: readonly Registered[],
  registry: string,
  now: number,
): InventoryItem[] {
  return workloads.map(({ scopes, ...workload }) => {
    const isIt = (name: string): boolean => partyId(workloadParty(name, registry)) === workload.actor;
    const client = clients.find(({ actor }) => isIt(actor));
    const answering = registered.find(({ name }) => isIt(name)) ?? client;
    const held = new Set([...Object.keys(scopes), ...(client?.scopes ?? [])]);
    const used = [...held].filter((scope) => typeof scopes[scope] === "string").sort();
    const idle = Math.floor((now - Date.parse(workload.last)) / (24 * 3600 * 1000));
    return {
      ...workload,
      client: client?.client_id,
      ...(answering && ownershipOf(answering)),
      used,
      unused: [...held].filter((scope) => !used.includes(scope)).sort(),
      warnings: [
        ...(answering === undefined ? ["nobody answers for it"] : []),
        ...(answering?.disabled ? ["its registration is disabled"] : []),
        ...(answering && !(now < endOf(answering)) ? ["its registration has expired"] : []),
        ...(workload.longest >= LONG_LIFE ? [`held a credential of ${Math.round(workload.longest / 3600)} h`] : []),
        ...(idle >= IDLE_DAYS ? [`not seen for ${idle} days`] : []),
      ],
    };
  });
}
