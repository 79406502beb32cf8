/**
 * The keys of one publisher as an isolate has them: fetched, kept in KV for other isolates, refreshed in the
 * background, and believed for a stated time only. What cannot be read, in KV or at the publisher, replaces nothing.
 */
import type { JWK } from "jose";
import * as v from "valibot";
import { logEvent, logFailure } from "../log.ts";
import type { KeyValueStore } from "../types.ts";
import { type FetchedKeys, readKeys } from "./jwks.ts";

/** Where keys come from, and for how long they are believed. */
export interface KeySource {
  /** Whose keys they are, for the log. */
  readonly publisher: string;
  /** Name of the entry in KV. */
  readonly entry: string;
  /** Seconds after which they are fetched again, unless the publisher says otherwise. */
  readonly refresh: number;
  /** Seconds after which they are not believed any more. */
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

/** "unavailable": there are no keys that may be believed, and none can be had. */
export type LookedFor = "changed" | "unchanged" | "unavailable";

export interface KeySet {
  /** The keys that may be believed now; a set that is due is refreshed behind the request. */
  current(edges: KeyEdges): readonly JWK[];
  /**
   * Looks for more keys because a token named one that is unknown: first what KV has, then what the publisher says, once
   * for all who wait and at most once in `REFETCH_PAUSE_MS`, so that invented kids cannot turn the gateway against the
   * publisher.
   */
  lookFor(edges: KeyEdges): Promise<LookedFor>;
  /** Why the last try to fetch them failed: the cause of what "unavailable" leads to. */
  lastFailure(): unknown;
  /** When the keys there are were fetched, in milliseconds since the epoch; undefined where there are none. */
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
  // Whatever the publisher says, there is time to try again before its keys are not believed any more.
  const refreshOf = ({ refresh = source.refresh }: Entry): number => Math.min(refresh, source.max_stale / 2) * 1000;
  const isBelieved = (entry: Entry, now: number): boolean => ageOf(entry, now) < source.max_stale * 1000;
  const hasRested = (now: number): boolean => now - lastTry >= REFETCH_PAUSE_MS;

  const about = { issuer: source.publisher };

  /** One fetch at a time. False where it failed; the keys there are stay. */
  function fetchNow(edges: KeyEdges): Promise<boolean> {
    lastTry = edges.now();
    fetching ??= source
      .fetchKeys(edges.fetch)
      .then(async (fetched) => {
        // A publisher that has lost its keys must not take them from us; one that gives them up is believed in time.
        if (readKeys(fetched.keys).length === 0) throw new Error("the key set holds no key that can be used");
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

  /** What another isolate has fetched; undefined where there is nothing that may be believed. */
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
      // What is twice as old as it should be is not what a busy gateway would have: the publisher is asked first.
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
