/**
 * Fetched lists of keys, cached in an isolate. Each list is fetched by one fetch at a time: when it is due, and when a
 * key is not in it, so that a new key counts at once. A pause between fetches keeps invented keys from making the
 * gateway overload the publisher.
 */
import { type ListedKey, listedUntil } from "./listed.ts";
import { createMemory } from "./memory.ts";

export interface KeyList {
  readonly keys: readonly ListedKey[];
  /** Milliseconds since the epoch: when the list was fetched, until when it is current, until when it is accepted. */
  readonly fetched: number;
  readonly current: number;
  readonly accepted: number;
}

export interface KeyLists {
  /**
   * Until when a list has a key, as `listedUntil`.
   *
   * @param id of the list
   * @param load fetches it
   * @throws what `load` threw last, if there is no list that may be used
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
 * @param most lists that are kept; then the oldest is dropped
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
    lists.set(id, held, Math.max(held.list?.accepted ?? 0, now + HOUR_MS));
    return held;
  }

  /** Settles when the fetch has succeeded or failed; a failure keeps the current list. */
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
    // Others wait for it too, so it continues after the request that began it has ended.
    edges.waitUntil(held.loading);
    return held.loading;
  }

  return {
    async until(id, thumbprint, load, edges) {
      const held = heldAs(id, edges.now());
      const accepted = (): KeyList | undefined =>
        held.list !== undefined && edges.now() < held.list.accepted ? held.list : undefined;
      const mayAsk = (): boolean => held.loading !== undefined || edges.now() - held.lastTry >= pause;
      const known = accepted();
      const ends = known && listedUntil(known.keys, thumbprint, edges.now());
      if (known !== undefined && ends !== undefined) {
        if (edges.now() < known.current) return ends;
        const loading = mayAsk() ? loadNow(held, load, edges) : undefined;
        // A list in use is refreshed in the background; one that is twice as old as it should be is fetched before it
        // is used.
        if (loading === undefined || edges.now() < 2 * known.current - known.fetched) return ends;
      }
      if (mayAsk()) await loadNow(held, load, edges);
      const list = accepted();
      if (list === undefined) throw held.error ?? new Error("the list of keys is too old");
      return listedUntil(list.keys, thumbprint, edges.now());
    },
  };
}
