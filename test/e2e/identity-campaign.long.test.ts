/**
 * Attacks on identity: what is tried, and the answer that stops it. They share a gateway, and the tables of
 * identity-attacks/. `npm test` tries a tenth of each table, and every attack that once succeeded.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cases } from "../cases.ts";
import { approvals } from "./identity-attacks/approvals.ts";
import { assertions } from "./identity-attacks/assertions.ts";
import { wits } from "./identity-attacks/attested.ts";
import { delegations } from "./identity-attacks/delegations.ts";
import { exchanges } from "./identity-attacks/exchanges.ts";
import { testApprovals } from "./identity-attacks/found-approvals.ts";
import { testAttested } from "./identity-attacks/found-attested.ts";
import { testGrants } from "./identity-attacks/found-grants.ts";
import { testIntrospection } from "./identity-attacks/found-introspection.ts";
import { testNames } from "./identity-attacks/found-names.ts";
import { testPurposes } from "./identity-attacks/found-purposes.ts";
import { testRevocations } from "./identity-attacks/found-revocations.ts";
import { testWorkflows } from "./identity-attacks/found-workflows.ts";
import { startAttacked } from "./identity-attacks/given.ts";
import { grants } from "./identity-attacks/grants.ts";
import { names } from "./identity-attacks/names.ts";
import { purposes } from "./identity-attacks/purposes.ts";
import { revocations } from "./identity-attacks/revocations.ts";
import { tasks } from "./identity-attacks/tasks.ts";
import { confused, roots } from "./identity-attacks/tokens.ts";

let stop: () => Promise<void>;
beforeAll(async () => {
  stop = await startAttacked();
});
afterAll(() => stop());

const table = [
  delegations,
  names,
  wits,
  confused,
  roots,
  assertions,
  exchanges,
  purposes,
  grants,
  revocations,
  approvals,
  tasks,
].flatMap((attacks) => attacks.slice(0, cases(attacks.length)));

describe("is stopped", () => {
  test.each(table)("%s: %s", async (_, stops, attempt) => {
    expect(await attempt()).toContain(stops);
  });
});

describe("succeeded once, and is stopped:", () => {
  describe("revocation", testRevocations);
  describe("introspection", testIntrospection);
  describe("names", testNames);
  describe("attested names", testAttested);
  describe("approvals", testApprovals);
  describe("grants and exchanges", testGrants);
  describe("purposes", testPurposes);
  describe("workflows", testWorkflows);
});
