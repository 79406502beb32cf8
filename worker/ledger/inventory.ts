/** What workloads hold against what they use, with who answers for them. Pure. */
import { partyId, workloadParty } from "../chain/party.ts";
import type { Workload } from "./workload.ts";

/** A registered client, as far as the inventory is concerned (worker/oauth/clients.ts). */
export interface Owned {
  readonly client_id: string;
  readonly actor: string;
  readonly owner: string;
  readonly purpose: string;
  readonly scopes: readonly string[];
}

/** A registered workload, likewise (worker/chain/names/workload.ts). */
export type Registered = Pick<Owned, "owner" | "purpose"> & { readonly name: string };

export interface InventoryItem extends Omit<Workload, "scopes"> {
  /** Of the registered client that is this actor. */
  readonly client: string | undefined;
  /** As client or workload is registered. */
  readonly owner: string | undefined;
  readonly purpose: string | undefined;
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
    const answering = client ?? registered.find(({ name }) => isIt(name));
    const held = new Set([...Object.keys(scopes), ...(client?.scopes ?? [])]);
    const used = [...held].filter((scope) => typeof scopes[scope] === "string").sort();
    const idle = Math.floor((now - Date.parse(workload.last)) / (24 * 3600 * 1000));
    return {
      ...workload,
      client: client?.client_id,
      owner: answering?.owner,
      purpose: answering?.purpose,
      used,
      unused: [...held].filter((scope) => !used.includes(scope)).sort(),
      warnings: [
        ...(workload.longest >= LONG_LIFE ? [`held a credential of ${Math.round(workload.longest / 3600)} h`] : []),
        ...(idle >= IDLE_DAYS ? [`not seen for ${idle} days`] : []),
      ],
    };
  });
}
