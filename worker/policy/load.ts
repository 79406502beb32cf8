/**
 * The current policy set and the candidate, cached in each isolate. `policy:current` and `policy:shadow` in KV are
 * signed releases that name a set by its hash. Isolates read KV; they ask the object that numbers releases only when
 * they have no release yet, or if KV is broken or behind. A set that cannot be used, a release without a publisher's
 * signature, or an older one never replaces the current one.
 */
import type { JSONWebKeySet } from "jose";
import { logEvent, logFailure } from "../log.ts";
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
  /** Share of the requests that it is evaluated for, 0 to 1. */
  readonly share: number;
}

/** The set that decides, and the candidate that is evaluated in shadow. */
export interface LoadedSets {
  readonly current: LoadedPolicies;
  readonly candidate: Candidate | undefined;
  /** Milliseconds since the epoch, when it was last known to be current in KV. */
  readonly confirmed: number;
}

export const CURRENT_KEY = "policy:current";
export const SHADOW_KEY = "policy:shadow";

/** The object that numbers releases (worker/policy/releases.ts). */
export interface ReleaseHistory {
  /** False if this one is not the next. */
  append(release: Release, jws: string, set: Uint8Array<ArrayBuffer> | undefined): Promise<boolean>;
  /** The last release of a kind. */
  last(kind: Release["kind"]): Promise<{ readonly seq: number; readonly jws: string } | undefined>;
  /** The bytes of a set in force. */
  set(hash: string): Promise<ArrayBuffer | null>;
}

export interface PolicyEdges {
  readonly kv: KeyValueStore;
  readonly publishers: JSONWebKeySet | undefined;
  sha256(bytes: Uint8Array): Uint8Array;
  readonly releases: ReleaseHistory;
  /** Milliseconds since the epoch. */
  now(): number;
  waitUntil(work: Promise<unknown>): void;
}

export interface PolicyStore {
  /** The set that decides; undefined if none was ever loaded. */
  loaded(edges: PolicyEdges): Promise<LoadedSets | undefined>;
  /**
   * Stores a set and its source under their hashes, without putting it in force. @throws PolicyRefused if the set
   * cannot be used
   */
  upload(set: { bytes: Uint8Array; hash: string; source: Uint8Array }, edges: PolicyEdges): Promise<void>;
  /**
   * Puts a set in force, in this isolate at once. @throws PolicyRefused if the release is not trusted or not the next
   */
  release(jws: string, edges: PolicyEdges): Promise<Release>;
}

/** @param refresh seconds after which KV is read again, in the background */
export function createPolicyStore(refresh: number): PolicyStore {
  let loaded: LoadedSets | undefined;
  let loading: Promise<void> | undefined;

  function reload(edges: PolicyEdges): Promise<void> {
    loading ??= load(edges, loaded)
      .then((next) => {
        loaded = next;
      })
      .catch((error: unknown) => {
        if (error instanceof NothingPublished) logEvent("policies_absent", { about: { hint: error.message } });
        else logFailure("policies_refused", { about: { kept: loaded?.current.hash } }, error);
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
      // Content first, pointer last, so that the pointer never names a missing set.
      const set = release.set === undefined ? undefined : await readSet(release.set, edges);
      if (!(await edges.releases.append(release, jws, set?.bytes)))
        throw new PolicyRefused(`release ${release.seq} is not the next`);
      await edges.kv.put(release.kind === "current" ? CURRENT_KEY : SHADOW_KEY, jws);
      await reload(edges);
      return release;
    },
  };
}

/** As on a first deployment: not an error, but nothing is allowed. */
class NothingPublished extends Error {}

async function load(edges: PolicyEdges, before: LoadedSets | undefined): Promise<LoadedSets> {
  const confirmed = edges.now();
  const release = await currentRelease(edges, before?.current.seq);
  const current = before?.current.hash === release.set ? before.current : await fetchSet(release.set, edges);
  return {
    current: { ...current, seq: release.seq },
    candidate: await loadCandidate(edges, before?.candidate),
    confirmed,
  };
}

type CurrentRelease = Extract<Release, { kind: "current" }>;

/**
 * The release in force. KV may be behind, or reset by someone who can write to it: an isolate that knows no number yet
 * asks the object that numbers releases, and one that knows a number accepts no lower one.
 *
 * @param known the number of the release that this isolate decides with
 */
async function currentRelease(edges: PolicyEdges, known: number | undefined): Promise<CurrentRelease> {
  const found = await readPointer(edges).catch((error: unknown) => error as Error);
  if (!(found instanceof Error) && found !== undefined && known !== undefined && found.seq >= known) return found;
  const last = await edges.releases.last("current");
  const least = Math.max(known ?? 0, last?.seq ?? 0);
  if (!(found instanceof Error) && found !== undefined && found.seq >= least) return found;
  if (found instanceof Error) logFailure("policy_pointer_broken", {}, found);
  else if (found !== undefined) logEvent("policy_rollback_refused", { about: { seq: found.seq, current: least } });
  if (last !== undefined && last.seq === least) return readCurrent(last.jws, edges);
  if (found instanceof Error) throw found;
  if (found === undefined)
    throw new NothingPublished("no set is published yet: npm run hopgate -- policy publish policies");
  throw new Error(`KV has release ${found.seq}, and ${least} was current`);
}

async function readPointer(edges: PolicyEdges): Promise<CurrentRelease | undefined> {
  const jws = await edges.kv.get(CURRENT_KEY);
  return jws === null ? undefined : readCurrent(jws, edges);
}

async function readCurrent(jws: string, edges: PolicyEdges): Promise<CurrentRelease> {
  const release = await readRelease(jws, edges.publishers);
  if (release.kind !== "current") throw new PolicyRefused(`${CURRENT_KEY} is another kind of release`);
  return release;
}

/** A candidate that cannot be loaded is ignored, because it does not decide. */
async function loadCandidate(edges: PolicyEdges, before: Candidate | undefined): Promise<Candidate | undefined> {
  try {
    const jws = await edges.kv.get(SHADOW_KEY);
    if (jws === null) return undefined;
    const release = await readRelease(jws, edges.publishers);
    if (release.kind !== "shadow" || release.set === undefined) return undefined;
    const set = before?.hash === release.set ? before : await fetchSet(release.set, edges);
    return { ...set, seq: release.seq, share: release.share };
  } catch (error) {
    logFailure("candidate_refused", { about: { kept: before?.hash } }, error);
    return before;
  }
}

async function fetchSet(hash: string, edges: PolicyEdges): Promise<CompiledDocument & { readonly hash: string }> {
  const { document } = await readSet(hash, edges);
  return { ...document, hash };
}

interface StoredSet {
  readonly document: CompiledDocument;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * A set by its hash, from KV. If it is missing or broken there, from the copy of the set in force, which is then
 * written to KV again.
 */
async function readSet(hash: string, edges: PolicyEdges): Promise<StoredSet> {
  const read = (buffer: ArrayBuffer | null): StoredSet => {
    if (buffer === null) throw new PolicyRefused(`the set ${hash} is not stored`);
    const bytes = new Uint8Array(buffer);
    return { document: readDocument(bytes, hash, edges.sha256), bytes };
  };
  try {
    return read(await edges.kv.get(policySetKey(hash), "arrayBuffer"));
  } catch (error) {
    const copy = await edges.releases.set(hash);
    if (copy === null) throw error;
    const stored = read(copy);
    logFailure("policy_set_healed", { about: { hash } }, error);
    await edges.kv.put(policySetKey(hash), stored.bytes).catch(() => undefined);
    return stored;
  }
}
