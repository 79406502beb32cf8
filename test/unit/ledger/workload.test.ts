/** What several shards know of one workload, put together. */
import { expect, test } from "vitest";
import { mergeWorkloads, type Workload } from "../../../worker/ledger/workload.ts";

const workload = (scopes: Record<string, string | null>): Workload => ({
  actor: "spiffe://acme.example/agents/support",
  first: "2026-11-24T12:00:00Z",
  last: "2026-11-25T12:00:00Z",
  requests: 1,
  denied: 0,
  longest: 60,
  scopes,
  uses: [],
  chains: [],
});

test("a scope named like a property of every object is a scope like any other", () => {
  const names = JSON.parse('{"constructor":null,"__proto__":"2026-11-25T12:00:00Z"}') as Record<string, string | null>;
  const [merged] = mergeWorkloads([[workload({ read: null })], [workload(names)]]);
  expect(Object.entries(merged?.scopes ?? {})).toEqual([
    ["read", null],
    ["constructor", null],
    ["__proto__", "2026-11-25T12:00:00Z"],
  ]);
});

test("of two uses of a scope the later one is returned", () => {
  const [merged] = mergeWorkloads([[workload({ read: "2026-11-24" })], [workload({ read: "2026-11-25" })]]);
  expect(merged?.scopes).toEqual({ read: "2026-11-25" });
});
