/**
 * The policy set that is current in KV, kept per isolate. Content stands under its own hash and is checked against
 * it; `policy:current` names it. A set that cannot be used never replaces one that can.
 */
import { toBase64url } from "../../wasm/core.ts";
import type { KeyValueStore } from "../types.ts";
import { executables } from "./evaluate.ts";
import { type CompiledDocument, FORMAT_VERSION } from "./format.ts";

export interface LoadedPolicies extends CompiledDocument {
  /** base64url(SHA-256) of the document. */
  readonly hash: string;
  /** Milliseconds since the epoch, when it was last known to be current. */
  readonly confirmed: number;
}

export const CURRENT_KEY = "policy:current";
export function policySetKey(hash: string): string {
  return `policy:set:${hash}`;
}

export interface PolicyEdges {
  readonly kv: KeyValueStore;
  sha256(bytes: Uint8Array): Uint8Array;
  /** Milliseconds since the epoch. */
  now(): number;
  waitUntil(work: Promise<unknown>): void;
}

export interface PolicyStore {
  /** The set to decide by; undefined while none was ever loaded. */
  current(edges: PolicyEdges): Promise<LoadedPolicies | undefined>;
  /** Stores a set under its hash and makes it current, content first and pointer last; in force here at once. */
  publish(bytes: Uint8Array, hash: string, edges: PolicyEdges): Promise<void>;
}

/** @param refresh seconds after which KV is asked again, behind the request */
export function createPolicyStore(refresh: number): PolicyStore {
  let loaded: LoadedPolicies | undefined;
  let loading: Promise<void> | undefined;

  function reload(edges: PolicyEdges): Promise<void> {
    loading ??= load(edges, loaded)
      .then((next) => {
        loaded = next;
      })
      .catch((error: unknown) => {
        console.error(JSON.stringify({ event: "policies_refused", kept: loaded?.hash, error: String(error) }));
      })
      .finally(() => {
        loading = undefined;
      });
    return loading;
  }

  return {
    async current(edges) {
      if (loaded === undefined) await reload(edges);
      else if (edges.now() - loaded.confirmed >= refresh * 1000) edges.waitUntil(reload(edges));
      return loaded;
    },

    async publish(bytes, hash, edges) {
      readPolicies(bytes, hash, edges.sha256);
      await edges.kv.put(policySetKey(hash), bytes);
      await edges.kv.put(CURRENT_KEY, hash);
      await reload(edges);
    },
  };
}

async function load(edges: PolicyEdges, before: LoadedPolicies | undefined): Promise<LoadedPolicies> {
  const hash = await edges.kv.get(CURRENT_KEY);
  if (hash === null) throw new Error(`${CURRENT_KEY} is not set`);
  const confirmed = edges.now();
  if (before?.hash === hash) return { ...before, confirmed };
  const bytes = await edges.kv.get(policySetKey(hash), "arrayBuffer");
  if (bytes === null) throw new Error(`the set ${hash} is missing`);
  return { ...readPolicies(new Uint8Array(bytes), hash, edges.sha256), hash, confirmed };
}

/**
 * Reads a published document.
 *
 * @throws Error where it is not what its hash promises, of another version, or holds what cannot be evaluated
 */
export function readPolicies(
  bytes: Uint8Array,
  hash: string,
  sha256: (bytes: Uint8Array) => Uint8Array,
): CompiledDocument {
  if (toBase64url(sha256(bytes)) !== hash) throw new Error(`the set ${hash} does not have its hash`);
  const document = JSON.parse(new TextDecoder().decode(bytes)) as CompiledDocument;
  if (document.policies.version !== FORMAT_VERSION) throw new Error(`the set ${hash} has an unknown version`);
  executables(document.policies);
  return document;
}
