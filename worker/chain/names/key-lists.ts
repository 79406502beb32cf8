/**
 * Lists of keys that are fetched, as an isolate has them: one fetch at a time a list, refreshed when due, and looked at
 * again for a key that is not in it, so that a new key counts at once; never more often than a pause allows, so that
 * invented keys cannot make the gateway overload the publisher of the list.
 */
import { type ListedKey, listedUntil } from "./listed.ts";
import { createMemory } from "./memory.ts";

export interface KeyList {
  readonly keys: readonly ListedKey[];
  /** Milliseconds since the epoch: when the list was fetched, until when it is current, until when it is believed. */
  readonly fetched: number;
  readonly current: number;
  readonly believed: number;
}

export interface KeyLists {
  /**
   * Until when a list has a key, as `listedUntil`.
   *
   * @param id of the list
   * @param load fetches it
   * @throws what `load` threw last, where there is no list that may be believed
   */
  until(id: string, thumbprint: string, load: () => Promise<KeyList>, edges: KeyListEdges): Promise<number | undefined>;
}

export interface KeyListEdges {
  /** Milliseconds since the epoch. */
  now(): number;
  waitUntil(work: Promise<unknown>): void;
}

interface Held {
  list: KeyList | undefined;
  lastTry: number;
  error: unknown;
  loading: Promise<void> | undefined;
}

const HOUR_MS = 3_600_000;

/**
 * @param most lists that are kept; the oldest makes room
 * @param pause milliseconds between two fetches of one list
 */
export function createKeyLists(most: number, pause: number): KeyLists {
  const lists = createMemory<Held>(most);

  function heldAs(id: string, now: number): Held {
    const held = lists.get(id, now) ?? {
      list: undefined,
      lastTry: Number.NEGATIVE_INFINITY,
      error: undefined,
      loading: undefined,
    };
    lists.set(id, held, Math.max(held.list?.believed ?? 0, now + HOUR_MS));
    return held;
  }

  /** Settles when the list was fetched or could not be; the one there is stays then. */
  function loadNow(held: Held, load: () => Promise<KeyList>, edges: KeyListEdges): Promise<void> {
    if (held.loading !== undefined) return held.loading;
    held.lastTry = edges.now();
    held.loading = load()
      .then(
        (list) => {
          held.list = list;
        },
        (error: unknown) => {
          held.error = error;
        },
      )
      .finally(() => {
        held.loading = undefined;
      });
    // Others wait for it too: it goes on although the request that began it has ended.
    edges.waitUntil(held.loading);
    return held.loading;
  }

  return {
    async until(id, thumbprint, load, edges) {
      const held = heldAs(id, edges.now());
      const believed = (): KeyList | undefined =>
        held.list !== undefined && edges.now() < held.list.believed ? held.list : undefined;
      const mayAsk = (): boolean => held.loading !== undefined || edges.now() - held.lastTry >= pause;
      const known = believed();
      const ends = known && listedUntil(known.keys, thumbprint, edges.now());
      if (known !== undefined && ends !== undefined) {
        if (edges.now() < known.current) return ends;
        const loading = mayAsk() ? loadNow(held, load, edges) : undefined;
        // Nobody waits for the refresh of a list in use; one twice as old as it should be is not believed unasked.
        if (loading === undefined || edges.now() < 2 * known.current - known.fetched) return ends;
      }
      if (mayAsk()) await loadNow(held, load, edges);
      const list = believed();
      if (list === undefined) throw held.error ?? new Error("the list of keys is no longer believed");
      return listedUntil(list.keys, thumbprint, edges.now());
    },
  };
}
