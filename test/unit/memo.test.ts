/** One look for all who ask at once. */
import { describe, expect, test } from "vitest";
import { createMemo } from "../../worker/memo.ts";

/** A look that counts itself, and ends when it is told to. */
function counted() {
  const ends: PromiseWithResolvers<number>[] = [];
  const look = (): Promise<number> => {
    const end = Promise.withResolvers<number>();
    ends.push(end);
    return end.promise;
  };
  const end = async (index: number): Promise<void> => {
    ends[index]?.resolve(index);
    await ends[index]?.promise;
  };
  return { look, end, ends };
}

describe("a memo of a second", () => {
  test("twenty calls at once cause one look-up", async () => {
    const memo = createMemo<number>(1000);
    const { look, end, ends } = counted();
    const calls = Array.from({ length: 20 }, () => memo(look, 0));
    await end(0);
    expect(await Promise.all(calls)).toEqual(Array(20).fill(0));
    expect(ends).toHaveLength(1);
  });

  test("a result is returned for a second, then looked up again", async () => {
    const memo = createMemo<number>(1000);
    const { look, end, ends } = counted();
    memo(look, 5000);
    await end(0);
    expect(await memo(look, 5999)).toBe(0);
    memo(look, 6000);
    expect(ends).toHaveLength(2);
  });

  test("a look-up that takes longer is shared until it ends", async () => {
    const memo = createMemo<number>(1000);
    const { look, end, ends } = counted();
    memo(look, 0);
    const late = memo(look, 2500);
    await end(0);
    expect(await late).toBe(0);
    memo(look, 2501);
    expect(ends).toHaveLength(2);
  });

  test("a look-up that never ends does not block others forever", () => {
    const memo = createMemo<number>(1000);
    const { look, ends } = counted();
    memo(look, 0);
    memo(look, 9999);
    expect(ends).toHaveLength(1);
    memo(look, 10_000);
    expect(ends).toHaveLength(2);
  });

  test("a failure is reported to all that wait, and not cached", async () => {
    const memo = createMemo<number>(1000);
    await expect(memo(() => Promise.reject(new Error("down")), 0)).rejects.toThrow("down");
    expect(await memo(() => Promise.resolve(1), 1)).toBe(1);
  });
});
