/** Acts outlive a ledger that fails: they are written again, later each time, and never lost in silence. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { appendAct } from "../../../worker/ledger/acts.ts";
import type { NewEntry } from "../../../worker/ledger/admission.ts";
import { actEntry } from "../../../worker/ledger/new-entry.ts";
import type { ActRecord } from "../../../worker/ledger/record.ts";
import { sha256 } from "./shard.ts";

const act: ActRecord = { id: "d", time: "t", act: "revoked", by: { iss: "i", sub: "s" }, about: { key: "k" } };
const entry = actEntry("gateway:2026-11-26", act, sha256);

/** A ledger that fails so many times. */
function edges(failures: number) {
  const [written, pauses]: [NewEntry[], number[]] = [[], []];
  return {
    written,
    pauses,
    append: async (one: NewEntry) => {
      if (pauses.length < failures) throw new Error("ledger down");
      written.push(one);
    },
    sleep: async (milliseconds: number) => void pauses.push(milliseconds),
  };
}

afterEach(() => vi.restoreAllMocks());

describe("an act", () => {
  test("is written at once if the ledger answers", async () => {
    const ledger = edges(0);
    expect(await appendAct(entry, ledger)).toBe(true);
    expect(ledger.written).toEqual([entry]);
    expect(ledger.pauses).toEqual([]);
  });

  test("is retried after failures with growing pauses", async () => {
    const ledger = edges(2);
    expect(await appendAct(entry, ledger)).toBe(true);
    expect(ledger.written).toEqual([entry]);
    expect(ledger.pauses).toEqual([50, 200]);
  });

  test("is in the log completely if it cannot be written", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const ledger = edges(99);
    expect(await appendAct(entry, ledger)).toBe(false);
    expect(ledger.pauses.length).toBeGreaterThan(3);
    expect(ledger.pauses.reduce((sum, each) => sum + each, 0)).toBeLessThan(30_000);
    expect(log.mock.calls.map(([line]) => JSON.parse(line as string))).toMatchObject([
      { event: "act_lost", about: { entry } },
    ]);
  });

  test("is found by its author, in the ledger that it concerns", () => {
    expect(entry).toMatchObject({
      task: "gateway:2026-11-26",
      id: "d",
      kind: "revoked",
      names: ["i s"],
      emergency: false,
    });
    expect(JSON.parse(entry.record)).toEqual(act);
  });
});
