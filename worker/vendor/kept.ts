/** What vendors issue to the gateway, kept in an isolate until shortly before it expires. */
import { countRefusal, NO_REFUSALS, type Refusals } from "./refusals.ts";

/** Milliseconds before its end from which it is not used any more: the request must get there. */
const MARGIN_MS = 30_000;
/** Milliseconds for which something is kept whose end the vendor does not say. */
const UNTOLD_MS = 60_000;
/** Names that are kept; with one more the oldest goes. */
const MOST = 1_000;

export interface Issued<T> {
  readonly value: T;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

export interface Kept<T> {
  /** Rejects if there is none, and none is issued. @param now milliseconds since the epoch */
  get(name: string, now: number, ask: () => Promise<Issued<T>>): Promise<T>;
  /** Of what the vendor does not take any more: the next request asks for another, a few times a minute. @param now as in `get` */
  forget(name: string, now: number): void;
}

/** One an isolate: requests that need the same at the same time wait for one answer. */
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
