/** Work that waits for other services, one piece at a time, in the order of the calls. */

export type Serial = <T>(work: () => Promise<T>) => Promise<T>;

/** What fails does not stop what comes after it. */
export function createSerial(): Serial {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}
