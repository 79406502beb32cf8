/** Whether the ledger can be written, as this isolate has seen it: a full disk can be read, and refuses every request. */

export interface Standing {
  written(done: boolean): void;
  /** Since when every admission has failed, in milliseconds since the epoch; undefined where the last one did not. */
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
