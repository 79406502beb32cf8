/**
 * The policy set that is current in KV, and the candidate beside it, kept per isolate. `policy:current` and
 * `policy:shadow` hold signed releases that name a set by its hash. A set that cannot be used, or a release that no
 * publisher signed, never replaces what is there.
 */
import type { JSONWebKeySet } from "jose";
import type { KeyValueStore } from "../types.ts";
import { examineDocument, policySetKey, policySourceKey, readDocument } from "./document.ts";
import type { CompiledDocument } from "./format.ts";
import { PolicyRefused } from "./refused.ts";
import { type Release, readRelease } from "./release.ts";

export interface LoadedPolicies extends CompiledDocument {
  /** base64url(SHA-256) of the document. */
  readonly hash: string;
  readonly seq: number;
}

export interface Candidate extends LoadedPolicies {
  /** 0 to 1: for how many of the requests it is judged. */
  readonly share: number;
}

/** What to decide by, and what to judge beside. */
export interface LoadedSets {
  readonly current: LoadedPolicies;
  readonly candidate: Candidate | undefined;
  /** Milliseconds since the epoch, when it was last known to be what KV holds. */
  readonly confirmed: number;
}

export const CURRENT_KEY = "policy:current";
export const SHADOW_KEY = "policy:shadow";

export interface PolicyEdges {
  readonly kv: KeyValueStore;
  readonly publishers: JSONWebKeySet | undefined;
  sha256(bytes: Uint8Array): Uint8Array;
  /** Numbers releases in one place; false where this one is not the next. */
  recordRelease(release: Release, jws: string): Promise<boolean>;
  /** Milliseconds since the epoch. */
  now(): number;
  waitUntil(work: Promise<unknown>): void;
}

export interface PolicyStore {
  /** What to decide by; undefined while nothing was ever loaded. */
  loaded(edges: PolicyEdges): Promise<LoadedSets | undefined>;
  /** Stores a set and its source under their hashes. Changes nothing yet. @throws PolicyRefused where the set cannot be used */
  upload(set: { bytes: Uint8Array; hash: string; source: Uint8Array }, edges: PolicyEdges): Promise<void>;
  /** Puts a set in force, here at once. @throws PolicyRefused where the release is not to be trusted or not the next */
  release(jws: string, edges: PolicyEdges): Promise<Release>;
}

/** @param refresh seconds after which KV is asked again, behind the request */
export function createPolicyStore(refresh: number): PolicyStore {
  let loaded: LoadedSets | undefined;
  let loading: Promise<void> | undefined;

  function reload(edges: PolicyEdges): Promise<void> {
    loading ??= load(edges, loaded)
      .then((next) => {
        loaded = next;
      })
      .catch((error: unknown) => {
        if (error instanceof NothingPublished)
          console.warn(JSON.stringify({ event: "policies_absent", hint: error.message }));
        else
          console.error(
            JSON.stringify({ event: "policies_refused", kept: loaded?.current.hash, error: String(error) }),
          );
      })
      .finally(() => {
        loading = undefined;
      });
    return loading;
  }

  return {
    async loaded(edges) {
      if (loaded === undefined) await reload(edges);
      else if (edges.now() - loaded.confirmed >= refresh * 1000) edges.waitUntil(reload(edges));
      return loaded;
    },

    async upload({ bytes, hash, source }, edges) {
      const document = examineDocument(bytes, hash, edges.sha256);
      await edges.kv.put(policySourceKey(document.source), source);
      await edges.kv.put(policySetKey(hash), bytes);
    },

    async release(jws, edges) {
      const release = await readRelease(jws, edges.publishers);
      // Content first, pointer last: nobody is ever pointed to what is not there.
      if (release.set !== undefined) await fetchSet(release.set, edges);
      if (!(await edges.recordRelease(release, jws))) throw new PolicyRefused(`release ${release.seq} is not the next`);
      await edges.kv.put(release.kind === "current" ? CURRENT_KEY : SHADOW_KEY, jws);
      await reload(edges);
      return release;
    },
  };
}

/** As on a first deployment: nothing is wrong yet, and nothing is allowed. */
class NothingPublished extends Error {}

async function load(edges: PolicyEdges, before: LoadedSets | undefined): Promise<LoadedSets> {
  const confirmed = edges.now();
  const jws = await edges.kv.get(CURRENT_KEY);
  if (jws === null) throw new NothingPublished("no set is published yet: hopgate policy publish");
  const release = await readRelease(jws, edges.publishers);
  if (release.kind !== "current") throw new PolicyRefused(`${CURRENT_KEY} holds another kind of release`);
  // KV may be behind what this isolate has seen already, or put back by someone who can write to it.
  if (before !== undefined && release.seq < before.current.seq) return { ...before, confirmed };
  const current = before?.current.hash === release.set ? before.current : await fetchSet(release.set, edges);
  return {
    current: { ...current, seq: release.seq },
    candidate: await loadCandidate(edges, before?.candidate),
    confirmed,
  };
}

/** A candidate that cannot be had is none: it decides nothing. */
async function loadCandidate(edges: PolicyEdges, before: Candidate | undefined): Promise<Candidate | undefined> {
  try {
    const jws = await edges.kv.get(SHADOW_KEY);
    if (jws === null) return undefined;
    const release = await readRelease(jws, edges.publishers);
    if (release.kind !== "shadow" || release.set === undefined) return undefined;
    const set = before?.hash === release.set ? before : await fetchSet(release.set, edges);
    return { ...set, seq: release.seq, share: release.share };
  } catch (error) {
    console.error(JSON.stringify({ event: "candidate_refused", kept: before?.hash, error: String(error) }));
    return before;
  }
}

async function fetchSet(hash: string, edges: PolicyEdges): Promise<CompiledDocument & { readonly hash: string }> {
  const bytes = await edges.kv.get(policySetKey(hash), "arrayBuffer");
  if (bytes === null) throw new PolicyRefused(`the set ${hash} is not stored`);
  return { ...readDocument(new Uint8Array(bytes), hash, edges.sha256), hash };
}
