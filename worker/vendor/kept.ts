/** Tokens and credentials from vendors, cached in an isolate until shortly before they expire. */
import { countRefusal, NO_REFUSALS, type Refusals } from "./refusals.ts";

/** Milliseconds before its end at which it is no longer used, because the request takes time. */
const MARGIN_MS = 30_000;
/** Milliseconds for which something is cached if the vendor does not say when it ends. */
const UNTOLD_MS = 60_000;
/** Most names that are kept; then the oldest is dropped. */
const MOST = 1_000;

export interface Issued<T> {
  readonly value: T;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

export interface Kept<T> {
  /** Rejects if there is none, and none can be issued. @param now milliseconds since the epoch */
  get(name: string, now: number, ask: () => Promise<Issued<T>>): Promise<T>;
  /** Drops what the vendor refuses: the next request gets another, a few times a minute. @param now as in `get` */
  forget(name: string, now: number): void;
}

/** One for each isolate: concurrent requests for the same name wait for one answer. */
export function createKept<T>(): Kept<T> {
  const kept = new Map<string, Issued<T> & { readonly refusals: Refusals }>();
  const asking = new Map<string, Promise<Issued<T>>>();
  return {
    async get(name, now, ask) {
      const known = kept.get(name);
      if (known !== undefined && known.until > now) return known.value;
      const asked = asking.get(name) ?? ask().finally(() => asking.delete(name));
      asking.set(name, asked);
      const fresh = await asked;
      kept.delete(name);
      kept.set(name, { ...fresh, refusals: known?.refusals ?? NO_REFUSALS });
      const [oldest] = kept.keys();
      if (kept.size > MOST && oldest !== undefined) kept.delete(oldest);
      return fresh.value;
    },
    forget(name, now) {
      const known = kept.get(name);
      const refusals = known && countRefusal(known.refusals, now);
      if (known !== undefined && refusals !== undefined) kept.set(name, { ...known, until: 0, refusals });
    },
  };
}

/** @param seconds of life, as the vendor says @param now milliseconds since the epoch @returns milliseconds since the epoch */
export function untilOf(seconds: number | undefined, now: number): number {
  return now + (seconds === undefined ? UNTOLD_MS : Math.max(0, seconds * 1000 - MARGIN_MS));
}
