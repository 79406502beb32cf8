/**
 * Whether this isolate could last write to the ledger: with a full disk the ledger can be read, but every request is
 * refused.
 */

export interface Standing {
  written(done: boolean): void;
  /** Since when every admission has failed, in milliseconds since the epoch; undefined if the last one succeeded. */
  failingSince(): number | undefined;
}

/** @param now milliseconds since the epoch */
export function createStanding(now: () => number): Standing {
  let since: number | undefined;
  return {
    written: (done) => {
      since = done ? undefined : (since ?? now());
    },
    failingSince: () => since,
  };
}
