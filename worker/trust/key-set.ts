/**
 * An isolate's copy of one publisher's keys: fetched, stored in KV for other isolates, refreshed in the background, and
 * accepted only for a stated time. A set that cannot be read, in KV or at the publisher, replaces nothing.
 */
import type { JWK } from "jose";
import * as v from "valibot";
import { logEvent, logFailure } from "../log.ts";
import type { KeyValueStore } from "../types.ts";
import { type FetchedKeys, readKeys } from "./jwks.ts";

/** Where keys come from, and for how long they are accepted. */
export interface KeySource {
  /** The publisher, for the log. */
  readonly publisher: string;
  /** Name of the entry in KV. */
  readonly entry: string;
  /** Seconds after which they are fetched again, unless the publisher says otherwise. */
  readonly refresh: number;
  /** Seconds after which they are no longer accepted. */
  readonly max_stale: number;
  fetchKeys(fetcher: KeyEdges["fetch"]): Promise<FetchedKeys>;
}

export interface KeyEdges {
  readonly kv: KeyValueStore;
  fetch(request: Request): Promise<Response>;
  /** Milliseconds since the epoch. */
  now(): number;
  waitUntil(work: Promise<unknown>): void;
}

/** "unavailable": there are no acceptable keys, and none can be fetched. */
export type LookedFor = "changed" | "unchanged" | "unavailable";

export interface KeySet {
  /** The keys that are accepted now; a set that is due is refreshed in the background. */
  current(edges: KeyEdges): readonly JWK[];
  /**
   * Looks for new keys because a token names an unknown one: first in KV, then at the publisher, once for all that wait
   * and at most once in `REFETCH_PAUSE_MS`, so that invented kids cannot make the gateway flood the publisher.
   */
  lookFor(edges: KeyEdges): Promise<LookedFor>;
  /** Why the last attempt to fetch them failed, as the cause of an "unavailable" error. */
  lastFailure(): unknown;
  /** When the current keys were fetched, in milliseconds since the epoch; undefined if there are none. */
  fetched(): number | undefined;
}

const REFETCH_PAUSE_MS = 10_000;
/** Milliseconds by which the clock of the isolate that wrote an entry may be ahead of ours. */
const CLOCKS_APART_MS = 60_000;

const Entry = v.object({
  keys: v.array(v.custom<JWK>((key) => typeof key === "object" && key !== null && !Array.isArray(key))),
  /** Milliseconds since the epoch. */
  fetched: v.pipe(v.number(), v.finite()),
  refresh: v.optional(v.pipe(v.number(), v.finite(), v.minValue(1))),
});
type Entry = v.InferOutput<typeof Entry>;

const NONE: readonly JWK[] = [];

/** Keys of the configuration: always current. */
export function fixedKeys(keys: readonly JWK[]): KeySet {
  return {
    current: () => keys,
    lookFor: async () => "unchanged",
    lastFailure: () => undefined,
    fetched: () => undefined,
  };
}

export function createKeySet(source: KeySource): KeySet {
  let held: Entry | undefined;
  let lastTry = Number.NEGATIVE_INFINITY;
  let fetching: Promise<boolean> | undefined;
  let failure: unknown;

  const ageOf = ({ fetched }: Entry, now: number): number => now - fetched;
  // Whatever the publisher says, refreshing begins early enough to try again before the keys are too old.
  const refreshOf = ({ refresh = source.refresh }: Entry): number => Math.min(refresh, source.max_stale / 2) * 1000;
  const isBelieved = (entry: Entry, now: number): boolean => ageOf(entry, now) < source.max_stale * 1000;
  const hasRested = (now: number): boolean => now - lastTry >= REFETCH_PAUSE_MS;

  const about = { issuer: source.publisher };

  /** One fetch at a time. False if it failed; the current keys stay. */
  function fetchNow(edges: KeyEdges): Promise<boolean> {
    lastTry = edges.now();
    fetching ??= source
      .fetchKeys(edges.fetch)
      .then(async (fetched) => {
        // An empty set from a publisher's mistake must not remove its keys; if it is intended, they expire.
        if (readKeys(fetched.keys).length === 0) throw new Error("the key set has no usable key");
        held = { ...fetched, fetched: edges.now() };
        await edges.kv.put(source.entry, JSON.stringify(held)).catch(() => undefined);
        return true;
      })
      .catch((error: unknown) => {
        failure = error;
        logFailure("jwks_unavailable", { about }, error);
        return false;
      })
      .finally(() => {
        fetching = undefined;
      });
    return fetching;
  }

  /** What another isolate has fetched; undefined if there is nothing acceptable. */
  async function kept(edges: KeyEdges): Promise<Entry | undefined> {
    const text = await edges.kv.get(source.entry).catch(() => null);
    if (text === null) return undefined;
    const entry = readEntry(text);
    if (entry === undefined || ageOf(entry, edges.now()) < -CLOCKS_APART_MS) {
      logEvent("jwks_entry_broken", { about });
      return undefined;
    }
    return isBelieved(entry, edges.now()) ? entry : undefined;
  }

  function adopt(entry: Entry): "changed" {
    held = entry;
    return "changed";
  }

  return {
    current(edges) {
      if (held === undefined) return NONE;
      const now = edges.now();
      const due = ageOf(held, now) >= refreshOf(held);
      if (due && fetching === undefined && hasRested(now)) edges.waitUntil(fetchNow(edges));
      return isBelieved(held, now) ? held.keys : NONE;
    },

    async lookFor(edges) {
      const had = held !== undefined && isBelieved(held, edges.now());
      const entry = had ? undefined : await kept(edges);
      if (!had && held !== undefined && isBelieved(held, edges.now())) return "changed";
      // A set that is twice as old as it should be was not refreshed by other isolates, so the publisher is asked
      // first.
      if (entry !== undefined && ageOf(entry, edges.now()) < 2 * refreshOf(entry)) return adopt(entry);
      if ((fetching || hasRested(edges.now())) && (await fetchNow(edges))) return "changed";
      if (entry !== undefined) return adopt(entry);
      return had ? "unchanged" : "unavailable";
    },

    lastFailure: () => failure,
    fetched: () => held?.fetched,
  };
}

function readEntry(text: string): Entry | undefined {
  try {
    const entry = v.parse(Entry, JSON.parse(text));
    return readKeys(entry.keys).length > 0 ? entry : undefined;
  } catch {
    return undefined;
  }
}
