/** Which set `hopgate policy rollback` releases again. */
import { describe, expect, test } from "vitest";
import type { Published } from "../../policies/tool/remote.ts";
import { rollbackTarget } from "../../policies/tool/rollback.ts";

/** A history from sets and their publishers, newest first. The first set is current, and only `ours` is in POLICY_KEYS. */
function history(...released: [set: string, publisher: string][]): Published {
  const releases = released.map(([set, publisher], i) => ({
    kind: "current" as const,
    seq: released.length - i,
    iat: 0,
    set,
    publisher,
  }));
  return { current: released[0]?.[0], candidate: undefined, releases, publishers: ["ours"] };
}

describe("a rollback", () => {
  test("goes to the set before the current one", () => {
    expect(rollbackTarget(history(["b", "ours"], ["a", "ours"]))).toBe("a");
  });

  test("goes past releases of the current set, and past candidates", () => {
    const { releases, ...rest } = history(["b", "ours"], ["b", "ours"], ["a", "ours"]);
    const candidate = { kind: "shadow" as const, seq: 9, iat: 0, share: 1, set: "c", publisher: "ours" };
    expect(rollbackTarget({ ...rest, releases: [candidate, ...releases] })).toBe("a");
  });

  test("goes past what a key released that is no longer in POLICY_KEYS", () => {
    expect(rollbackTarget(history(["c", "ours"], ["stolen", "leaked"], ["a", "ours"]))).toBe("a");
  });

  test("is refused if only removed keys have released other sets", () => {
    expect(() => rollbackTarget(history(["c", "ours"], ["stolen", "leaked"], ["a", "leaked"]))).toThrow(
      "every earlier release is by a key that is no longer in POLICY_KEYS",
    );
    expect(() => rollbackTarget(history(["c", "ours"], ["stolen", ""]))).toThrow("no longer in POLICY_KEYS");
  });

  test("goes to a set of a removed key if it is named", () => {
    expect(rollbackTarget(history(["c", "ours"], ["a", "leaked"]), "a")).toBe("a");
  });

  test("is refused without an earlier set, and for a set that was never released", () => {
    expect(() => rollbackTarget(history(["a", "ours"]))).toThrow("there is no earlier release to go back to");
    expect(() => rollbackTarget(history(["a", "ours"]), "b")).toThrow("no release had the set `b`");
  });
});
