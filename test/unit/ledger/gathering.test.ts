/** Admissions that travel together: none is left behind, whatever becomes of the call or of who makes it. */
import { describe, expect, test } from "vitest";
import { createGathering } from "../../../worker/ledger/gathering.ts";

interface Call {
  readonly asked: readonly string[];
  answer(): void;
  fail(): void;
}

function gathering() {
  const calls: Call[] = [];
  const clock = { now: 0 };
  const ask = createGathering<string, string>({
    askAll: (_, asked) => {
      const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
      calls.push({
        asked,
        answer: () => resolve(asked.map((each) => `${each}!`)),
        fail: () => reject(new Error("lost")),
      });
      return promise;
    },
    waitUntil: () => undefined,
    now: () => clock.now,
  });
  const settled = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  return { ask, calls, clock, settled };
}

describe("admissions of an isolate", () => {
  test("that arrive during a call go together with the next, each with its own answer", async () => {
    const { ask, calls, settled } = gathering();
    const answers = ["a", "b", "c"].map((each) => ask("1-0", each));
    await settled();
    expect(calls.map(({ asked }) => asked)).toEqual([["a"]]);
    calls[0]?.answer();
    await settled();
    expect(calls.map(({ asked }) => asked)).toEqual([["a"], ["b", "c"]]);
    calls[1]?.answer();
    expect(await Promise.all(answers)).toEqual(["a!", "b!", "c!"]);
    const after = ask("1-0", "d");
    await settled();
    calls[2]?.answer();
    expect(await after).toBe("d!");
  });

  test("do not wait for a call to another shard", async () => {
    const { ask, calls, settled } = gathering();
    void ask("2-0", "a");
    void ask("2-1", "b");
    await settled();
    expect(calls.map(({ asked }) => asked)).toEqual([["a"], ["b"]]);
  });

  test("of a failed call all fail, and those that waited continue", async () => {
    const { ask, calls, settled } = gathering();
    const first = ask("1-0", "a");
    const later = [ask("1-0", "b"), ask("1-0", "c")];
    await settled();
    calls[0]?.answer();
    expect(await first).toBe("a!");
    await settled();
    const meanwhile = ask("1-0", "e");
    calls[1]?.fail();
    for (const each of later) await expect(each).rejects.toThrow("lost");
    await settled();
    calls[2]?.answer();
    expect(await meanwhile).toBe("e!");
  });

  test("start another call if one never returns", async () => {
    const { ask, calls, clock, settled } = gathering();
    void ask("1-0", "a");
    await settled();
    clock.now = 5000;
    const next = ask("1-0", "b");
    await settled();
    calls[1]?.answer();
    expect(await next).toBe("b!");
  });
});
