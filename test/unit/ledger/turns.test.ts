/** Calls that come together share one turn; the clock and the turns are the test's own. */
import { describe, expect, test } from "vitest";
import { createTurns } from "../../../worker/ledger/turns.ts";

function turnsOf(
  carryOut: (batch: readonly number[]) => readonly number[] = (batch) => batch.map((work) => work * 10),
) {
  const batches: number[][] = [];
  const clock = { now: 0 };
  let run: (() => void)[] = [];
  const inTurn = createTurns<number, number>(
    (batch) => {
      batches.push([...batch]);
      return carryOut(batch);
    },
    { now: () => clock.now, nextTurn: () => new Promise((resolve) => run.push(resolve)) },
  );
  const nextTurn = async (): Promise<void> => {
    for (const go of run.splice(0)) go();
    run = [];
    await Promise.resolve();
  };
  return { inTurn, batches, clock, nextTurn };
}

describe("calls that share a commit", () => {
  test("are those that arrive close together; a single one does not wait", async () => {
    const { inTurn, batches, clock, nextTurn } = turnsOf();
    expect(await inTurn(1)).toBe(10);
    clock.now = 1;
    const rest = Promise.all([inTurn(2), inTurn(3), inTurn(4)]);
    expect(batches).toEqual([[1]]);
    await nextTurn();
    expect(await rest).toEqual([20, 30, 40]);
    expect(batches).toEqual([[1], [2, 3, 4]]);
    await nextTurn();
    clock.now = 1000;
    expect(await inTurn(5)).toBe(50);
    expect(batches).toEqual([[1], [2, 3, 4], [5]]);
  });

  test("are those that arrive until the previous commit has ended, however long it takes", async () => {
    const { inTurn, batches, clock, nextTurn } = turnsOf();
    await inTurn(1);
    clock.now = 1000;
    const rest = Promise.all([inTurn(2), inTurn(3)]);
    expect(batches).toEqual([[1]]);
    await nextTurn();
    expect(await rest).toEqual([20, 30]);
    expect(batches).toEqual([[1], [2, 3]]);
  });

  test("keep their order of arrival, each with its own answer", async () => {
    const { inTurn, nextTurn } = turnsOf();
    const answers = Promise.all(Array.from({ length: 50 }, (_, i) => inTurn(i)));
    await nextTurn();
    expect(await answers).toEqual(Array.from({ length: 50 }, (_, i) => i * 10));
  });

  test("all fail if one fails, and later ones do not", async () => {
    const { inTurn, nextTurn } = turnsOf((batch) => {
      if (batch.includes(3)) throw new Error("the third");
      return batch;
    });
    await inTurn(1);
    const failed = Promise.allSettled([inTurn(2), inTurn(3)]);
    await nextTurn();
    expect((await failed).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    const next = inTurn(4);
    await nextTurn();
    expect(await next).toBe(4);
  });

  test("that arrive during a commit go with the next", async () => {
    const { inTurn, batches, nextTurn } = turnsOf();
    await inTurn(1);
    const first = inTurn(2);
    const second = nextTurn().then(() => inTurn(3));
    expect(await first).toBe(20);
    await new Promise((resolve) => setTimeout(resolve));
    await nextTurn();
    expect(await second).toBe(30);
    expect(batches).toEqual([[1], [2], [3]]);
  });
});
