/** Registered: the key stands under the name in the workload registry, or with the client whose actor the name is. */
import type { JWK } from "jose";
import { keysOf } from "../../trust/jwks.ts";
import type { KeyValueStore } from "../../types.ts";
import { fetchDocument } from "./document.ts";
import { createKeyLists, type KeyList, type KeyListEdges } from "./key-lists.ts";
import { isListed, type ListedKey, listedKeys } from "./listed.ts";
import { isName, keptKeysKey, readRegistration } from "./registry.ts";
import type { ClientActor, Workload } from "./workload.ts";

export interface RegisteredEdges extends KeyListEdges {
  readonly kv: KeyValueStore;
  fetch(request: Request): Promise<Response>;
}

/** "refused": whoever runs the registry says that no key belongs to the name now, whatever else might prove one. */
export type Registered = "proven" | "refused" | "unknown";

const PAUSE_MS = 10_000;
/** Keys by address are fetched again after this time, and believed for a day while the address cannot be reached. */
const CURRENT_MS = 300_000;
const BELIEVED_MS = 86_400_000;

/** What KV keeps of keys that were fetched, for isolates that start while the address cannot be reached. */
interface Kept {
  readonly uri: string;
  readonly fetched: number;
  readonly keys: readonly ListedKey[];
}

/** @param most key sets by address that are kept in the isolate */
export function createRegistered(most: number) {
  const byAddress = createKeyLists(most, PAUSE_MS);

  /** @throws Error where KV, or the address of a workload's keys, cannot be read */
  return async function registered(
    name: string,
    thumbprint: string | undefined,
    edges: RegisteredEdges,
  ): Promise<Registered> {
    if (!isName(name)) return "unknown";
    const { workload, client } = await readRegistration(edges.kv, name);
    const now = edges.now();
    // Where the name has an entry of its own, that one says whether it counts: an old client cannot end it.
    const deciding = workload ?? client;
    if (deciding === null) return "unknown";
    if (!isInForce(deciding, now)) return "refused";
    if (thumbprint === undefined) return "unknown";
    const keys = [...(workload?.keys ?? []), ...(client !== null && isInForce(client, now) ? client.keys : [])];
    if (isListed(await listedKeys(keys as readonly JWK[]), thumbprint, now)) return "proven";
    const uri = workload?.jwks_uri;
    if (uri === undefined) return "unknown";
    const load = (): Promise<KeyList> => loadKeys(name, uri, edges);
    return (await byAddress.has(`${name} ${uri}`, thumbprint, load, edges)) ? "proven" : "unknown";
  };
}

function isInForce({ disabled, expires }: Workload | ClientActor, now: number): boolean {
  return !disabled && (expires === undefined || now < Date.parse(expires));
}

async function loadKeys(name: string, uri: string, edges: RegisteredEdges): Promise<KeyList> {
  try {
    const kept: Kept = { uri, keys: await fetchKeys(uri, edges.fetch), fetched: edges.now() };
    await edges.kv.put(keptKeysKey(name), JSON.stringify(kept)).catch(() => undefined);
    return listOf(kept);
  } catch (error) {
    console.warn(JSON.stringify({ event: "workload_keys_unavailable", workload: name, error: String(error) }));
    const kept = readKept(await edges.kv.get(keptKeysKey(name)));
    // Keys of an address that the workload does not have any more are not its keys.
    if (kept?.uri !== uri || edges.now() - kept.fetched >= BELIEVED_MS) throw error;
    return listOf(kept);
  }
}

async function fetchKeys(uri: string, fetcher: RegisteredEdges["fetch"]): Promise<ListedKey[]> {
  const document = await fetchDocument(uri, fetcher);
  if (document === undefined) throw new Error("the address of the keys answers with no JWK Set");
  return listedKeys(keysOf(document.json));
}

function listOf({ keys, fetched }: Kept): KeyList {
  return { keys, fetched, current: fetched + CURRENT_MS, believed: fetched + BELIEVED_MS };
}

/** Undefined where there is none, or what stands there is something else. */
function readKept(json: string | null): Kept | undefined {
  try {
    const kept = JSON.parse(json ?? "null") as Partial<Kept> | null;
    return Array.isArray(kept?.keys) && typeof kept.fetched === "number" ? (kept as Kept) : undefined;
  } catch {
    return undefined;
  }
}
