/** Outcomes that are gathered: whatever becomes of who gathers, none is left out without a word. */
import { expect, test } from "vitest";
import type { Outcome } from "../../../worker/ledger/admission.ts";
import { createSettling } from "../../../worker/ledger/settling.ts";

const outcome = (id: string): Outcome => ({ task: "t", id, kind: "allowed", status: 200 });

function settling() {
  const told: string[][] = [];
  const clock = { now: 0 };
  const sleeping: (() => void)[] = [];
  const { settle, ride } = createSettling({
    tell: async (_, outcomes) => void told.push(outcomes.map(({ id }) => id)),
    lost: () => undefined,
    sleep: () => new Promise<void>((wake) => sleeping.push(wake)),
    now: () => clock.now,
  });
  return { settle, ride, told, clock, sleeping };
}

test("the outcomes of a request that ended while it waited are sent with the next outcome", async () => {
  const { settle, told, clock, sleeping } = settling();
  void settle("1-0", outcome("a"));
  await settle("1-0", outcome("b"));
  clock.now = 6000;
  const next = settle("1-0", outcome("c"));
  sleeping[1]?.();
  await next;
  expect(told).toEqual([["a", "b", "c"]]);
});

test("an outcome that was sent with a call is sent once", async () => {
  const { settle, ride, told, sleeping } = settling();
  const settled = settle("1-0", outcome("a"));
  expect(await ride("1-0", async (outcomes) => outcomes.map(({ id }) => id))).toEqual(["a"]);
  expect(await ride("1-0", async (outcomes) => outcomes.length)).toBe(0);
  sleeping[0]?.();
  await settled;
  expect(told).toEqual([]);
});
