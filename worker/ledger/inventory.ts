/** What workloads hold compared with what they use, and who answers for them. Pure. */
import { endOf, type Ownership, ownershipOf } from "../chain/names/workload.ts";
import { partyId, workloadParty } from "../chain/party.ts";
import type { Workload } from "./workload.ts";

/** The fields of a registered client that the inventory needs (worker/oauth/clients.ts). */
export interface Owned extends Ownership {
  readonly client_id: string;
  readonly actor: string;
  readonly scopes: readonly string[];
}

/** The fields of a registered workload that the inventory needs. */
export interface Registered extends Ownership {
  readonly name: string;
}

export interface InventoryItem extends Omit<Workload, "scopes">, Partial<Ownership> {
  /** Id of the registered client whose actor this is. */
  readonly client: string | undefined;
  readonly used: readonly string[];
  /** Scopes in a chain or a registration that were never used. */
  readonly unused: readonly string[];
  readonly warnings: readonly string[];
}

/** Seconds from which a credential counts as long-lived. */
const LONG_LIFE = 12 * 3600;
const IDLE_DAYS = 30;

/**
 * @param registry who answers for registered names: the gateway's id
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
        ...(answering === undefined ? ["it has no owner"] : []),
        ...(answering?.disabled ? ["its registration is disabled"] : []),
        ...(answering && !(now < endOf(answering)) ? ["its registration has expired"] : []),
        ...(workload.longest >= LONG_LIFE ? [`held a credential of ${Math.round(workload.longest / 3600)} h`] : []),
        ...(idle >= IDLE_DAYS ? [`not seen for ${idle} days`] : []),
      ],
    };
  });
}
