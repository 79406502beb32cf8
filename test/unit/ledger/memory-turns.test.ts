/**
 * Whose turn it is with a memory: nobody waits for a request that has gone, and no caller for all requests of another.
 */
import { describe, expect, test } from "vitest";
import type { Kept, Unremembered } from "../../../worker/ledger/admission.ts";
import { createMemoryTurns } from "../../../worker/ledger/memory-turns.ts";

const memory = { version: 1, sums: {}, labels: [] };
const KEPT: Kept = { admitted: true, memory };
const MOVED: Unremembered = { admitted: false, why: "memory_moved", memory };
const BUSY = { admitted: false, why: "memory_busy" };

/** Turns in a time that passes when it is told to. */
function timed() {
  const timers = new Set<{ readonly at: number; readonly then: () => void }>();
  const turns = createMemoryTurns({
    after: (at, then) => {
      const timer = { at, then };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  });
  const made: string[] = [];
  /** A request `id` of the caller `by`, whose change comes to this. */
  const ask = (id: string, comes: Kept | Unremembered | Error = KEPT, by = "app") =>
    turns.inTurn({ owner: "m", id, by }, async () => {
      made.push(id);
      if (comes instanceof Error) throw comes;
      return comes;
    });
  /** What was to be in so many milliseconds is now. */
  const pass = (milliseconds: number): void => {
    for (const timer of [...timers].filter(({ at }) => at === milliseconds)) {
      timers.delete(timer);
      timer.then();
    }
  };
  return { turns, ask, made, pass, timers };
}

describe("a turn with a memory", () => {
  test("goes to the request whose memory has changed; others follow in order of arrival", async () => {
    const { turns, ask, made, timers } = timed();
    expect(await ask("a", MOVED)).toBe(MOVED);
    const others = [ask("b"), ask("c")];
    turns.leave("m", "stranger");
    expect(await ask("a")).toBe(KEPT);
    expect(await Promise.all(others)).toEqual([KEPT, KEPT]);
    expect(made).toEqual(["a", "a", "b", "c"]);
    expect(timers.size).toBe(0);
  });

  test("is not waited for by a request in a batch", async () => {
    const { turns, ask } = timed();
    const atOnce = (id: string) => turns.atOnce({ owner: "m", id, by: "app" }, async () => KEPT);
    await ask("a", MOVED);
    expect([await atOnce("b"), await atOnce("a"), await atOnce("b")]).toEqual([BUSY, KEPT, KEPT]);
  });

  test("ends by itself if the request does not come back", async () => {
    const { ask, pass } = timed();
    await ask("a", MOVED);
    const b = ask("b");
    pass(250);
    expect(await b).toBe(KEPT);
  });

  test("ends with a change that fails, and the next request continues at once", async () => {
    const { turns, ask } = timed();
    await ask("a", MOVED);
    const [b, c] = [ask("b", new Error("the disk is full")), ask("c")];
    turns.leave("m", "a");
    await expect(b).rejects.toThrow("the disk is full");
    expect(await c).toBe(KEPT);
  });

  test("goes from caller to caller: one request waits for one of another caller, however many that has", async () => {
    const { turns, ask, made } = timed();
    await ask("a", MOVED);
    const all = [ask("b-1", KEPT, "b"), ask("b-2", KEPT, "b"), ask("b-3", KEPT, "b"), ask("c-1", KEPT, "c")];
    turns.leave("m", "a");
    await Promise.all(all);
    expect(made).toEqual(["a", "b-1", "c-1", "b-2", "b-3"]);
  });

  test("is waited for by at most 128 requests of a caller; one more is refused at once, another caller's waits", async () => {
    const { turns, ask } = timed();
    await ask("a", MOVED);
    const waiting = Array.from({ length: 128 }, (_, index) => ask(`b-${index}`));
    expect(await ask("one more")).toEqual(BUSY);
    const other = ask("c", KEPT, "c");
    turns.leave("m", "a");
    expect(await Promise.all([...waiting, other])).toEqual(Array(129).fill(KEPT));
    expect(await ask("one more")).toBe(KEPT);
  });

  test("is waited for only for a time, and a request that gave up does not block others", async () => {
    const { ask, made, pass } = timed();
    await ask("a", MOVED);
    const b = ask("b");
    pass(20_000);
    expect(await b).toEqual(BUSY);
    expect(await ask("a")).toBe(KEPT);
    expect(await ask("c", KEPT, "c")).toBe(KEPT);
    expect(made).toEqual(["a", "a", "c"]);
  });
});
