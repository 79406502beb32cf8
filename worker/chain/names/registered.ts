/** Registered: the workload registry has the key under the name, or the key is of a client whose actor is the name. */

import type { JWK } from "jose";
import { logFailure } from "../../log.ts";
import { keysOf } from "../../trust/jwks.ts";
import type { KeyValueStore } from "../../types.ts";
import { fetchDocument } from "./document.ts";
import { createKeyLists, type KeyList, type KeyListEdges } from "./key-lists.ts";
import { type ListedKey, listedKeys, listedUntil } from "./listed.ts";
import { isName, keptKeysKey, readRegistration } from "./registry.ts";
import { type ClientActor, endOf, isInForce, type Ownership, ownershipOf, type Workload } from "./workload.ts";

export interface RegisteredEdges extends KeyListEdges {
  readonly kv: KeyValueStore;
  fetch(request: Request): Promise<Response>;
}

/**
 * "refused": the registry says that no key belongs to the name now, whatever else might prove one. "others": the name
 * has other keys there, not this one.
 */
export type Registered = (
  | { readonly is: "refused" | "others" | "unknown" }
  /** `ends`: in milliseconds since the epoch. */
  | { readonly is: "proven"; readonly ends: number }
) & { readonly ownership?: Ownership };

const PAUSE_MS = 10_000;
/** Keys by address are fetched again after this time, and accepted for a day while the address cannot be reached. */
const CURRENT_MS = 300_000;
const BELIEVED_MS = 86_400_000;

/** Fetched keys as they are stored in KV, for isolates that start while the address cannot be reached. */
interface Kept {
  readonly uri: string;
  readonly fetched: number;
  readonly keys: readonly ListedKey[];
}

/** @param most key sets by address that are kept in the isolate */
export function createRegistered(most: number) {
  const byAddress = createKeyLists(most, PAUSE_MS);

  /** @throws Error if KV, or the address of a workload's keys, cannot be read */
  return async function registered(
    name: string,
    thumbprint: string | undefined,
    edges: RegisteredEdges,
  ): Promise<Registered> {
    if (!isName(name)) return { is: "unknown" };
    const { workload, client } = await readRegistration(edges.kv, name);
    const now = edges.now();
    // If the name has its own entry, only that entry says whether the name counts: an old client cannot disable it.
    const deciding = workload ?? client;
    if (deciding === null) return { is: "unknown" };
    const ownership = ownershipOf(deciding);
    if (!isInForce(deciding, now)) return { is: "refused", ownership };
    const ofClient = client !== null && isInForce(client, now) ? client.keys : [];
    const uri = workload?.jwks_uri;
    const hasKeys = uri !== undefined || (workload?.keys ?? ofClient).length > 0;
    const others = { is: hasKeys ? "others" : "unknown", ownership } as const;
    if (thumbprint === undefined) return others;
    const until = async (jwks: readonly JWK[], ...entries: readonly (Workload | ClientActor)[]) => {
      const ends = listedUntil(await listedKeys(jwks), thumbprint, now);
      return ends === undefined ? [] : [Math.min(ends, ...entries.map(endOf))];
    };
    const ends = [
      ...(await until((workload?.keys ?? []) as readonly JWK[], deciding)),
      ...(client === null ? [] : await until(ofClient, deciding, client)),
    ];
    if (ends.length > 0) return { is: "proven", ends: Math.max(...ends), ownership };
    if (uri === undefined) return others;
    const load = (): Promise<KeyList> => loadKeys(name, uri, edges);
    const byUri = await byAddress.until(`${name} ${uri}`, thumbprint, load, edges);
    return byUri === undefined ? others : { is: "proven", ends: Math.min(byUri, endOf(deciding)), ownership };
  };
}

async function loadKeys(name: string, uri: string, edges: RegisteredEdges): Promise<KeyList> {
  try {
    const kept: Kept = { uri, keys: await fetchKeys(uri, edges.fetch), fetched: edges.now() };
    await edges.kv.put(keptKeysKey(name), JSON.stringify(kept)).catch(() => undefined);
    return listOf(kept);
  } catch (error) {
    logFailure("workload_keys_unavailable", { about: { workload: name } }, error);
    const kept = readKept(await edges.kv.get(keptKeysKey(name)));
    // Keys from an address that the workload no longer has are not its keys.
    if (kept?.uri !== uri || edges.now() - kept.fetched >= BELIEVED_MS) throw error;
    return listOf(kept);
  }
}

async function fetchKeys(uri: string, fetcher: RegisteredEdges["fetch"]): Promise<ListedKey[]> {
  const document = await fetchDocument(uri, fetcher);
  if (document === undefined) throw new Error("the address of the keys does not answer with a JWK Set");
  return listedKeys(keysOf(document.json));
}

function listOf({ keys, fetched }: Kept): KeyList {
  return { keys, fetched, current: fetched + CURRENT_MS, accepted: fetched + BELIEVED_MS };
}

/** Undefined if there is no entry, or one of another form. */
function readKept(json: string | null): Kept | undefined {
  try {
    const kept = JSON.parse(json ?? "null") as Partial<Kept> | null;
    return Array.isArray(kept?.keys) && typeof kept.fetched === "number" ? (kept as Kept) : undefined;
  } catch {
    return undefined;
  }
}
