/** One look-up for all callers at about the same time, so that strangers cannot cause a look-up with every request. */

/** Milliseconds after which a look-up that has not returned is abandoned, and a new one may begin. */
const LONGEST = 10_000;

/**
 * A look-up whose answer is kept for a while. Its age counts from when the look-up began, so an answer is never older than `milliseconds`
 * if the look-up itself is quick. A failed look-up is not kept.
 *
 * @param milliseconds for which an answer is given to every caller
 */
export function createMemo<T>(milliseconds: number): (look: () => Promise<T>, now: number) => Promise<T> {
  let last: { readonly began: number; readonly seen: Promise<T>; done: boolean } | undefined;

  return (look, now) => {
    if (last !== undefined && now - last.began < (last.done ? milliseconds : LONGEST)) return last.seen;
    const mine = { began: now, seen: look(), done: false };
    last = mine;
    mine.seen.then(
      () => {
        mine.done = true;
      },
      () => {
        if (last === mine) last = undefined;
      },
    );
    return mine.seen;
  };
}
