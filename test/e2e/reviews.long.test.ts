/** Access reviews: owners confirm, narrow and end their workloads; without a confirmation in time a workload ends. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startSession } from "../../cli/people.ts";
import type { Workload } from "../../worker/chain/names/workload.ts";
import { cases } from "../cases.ts";
import { CAST, keyNamed } from "../vectors/craft.ts";
import {
  ADMIN_TOKEN,
  admin,
  call,
  castWorkloads,
  eventually,
  nowSeconds,
  readiness,
  refusalOf,
  startWorld,
  untilAfter,
  type World,
} from "./harness.ts";
import { ownActs } from "./own-acts.ts";

const DAY = 86_400_000;
const SERVICE = `registry/${encodeURIComponent(CAST.service)}`;

let world: World;
let owner: Record<string, string>;
let operator: Record<string, string>;
let auditor: Record<string, string>;
let other: Record<string, string>;
beforeAll(async () => {
  world = await startWorld({ edit: (config) => config.replace("[console]\n", "[console]\nreview_days = 30\n") });
  const session = async (name: string, group: string) => ({
    authorization: `Bearer ${await startSession({ gateway: world.url, adminToken: ADMIN_TOKEN }, { name, groups: [group] })}`,
    origin: world.url,
  });
  // The cast is registered with the owner "tests".
  owner = await session("olga", "tests");
  operator = await session("otto", "platform");
  auditor = await session("anna", "security");
  other = await session("mallory", "marketing");
});
afterAll(() => world.stop());
beforeEach(async () => {
  const [known] = (await castWorkloads()).filter(({ name }) => name === CAST.service);
  await admin(world, SERVICE, known, "PUT");
});

const stored = async (): Promise<Workload> => (await (await admin(world, SERVICE)).json()) as Workload;
const put = (workload: object): Promise<Response> => admin(world, SERVICE, workload, "PUT");
const page = async (headers: Record<string, string>): Promise<string> =>
  (await fetch(`${world.url}/console/reviews`, { headers })).text();
async function review(headers: Record<string, string>, said: string, name: string = CAST.service): Promise<number> {
  const body = new URLSearchParams({ name, said, comment: "looked at it" });
  return (await fetch(`${world.url}/console/reviews`, { method: "POST", headers, body, redirect: "manual" })).status;
}
const refund = (): Promise<Response> => call(world, { method: "POST", path: "/refunds", body: "{}" });
const days = (iso: string | undefined): number => Math.round((Date.parse(iso as string) - Date.now()) / DAY);

test("a registered workload has a date by which an owner must confirm it", async () => {
  expect(days((await stored()).review_by)).toBe(30);
  await put({ ...(await stored()), review_by: new Date(Date.now() + DAY).toISOString() });
  expect(await review(owner, "confirm")).toBe(302);
  expect(days((await stored()).review_by)).toBe(30);
  const acts = await eventually(
    () => ownActs(world),
    (all) => all.some(({ act }) => act === "reviewed"),
  );
  expect(acts.find(({ act }) => act === "reviewed")).toMatchObject({
    by: { sub: "olga" },
    about: { name: CAST.service, said: "confirm", owner: "tests", comment: "looked at it" },
  });
});

test("a workload that nobody confirms in time ends; its owner cannot restore it, the registry can", async () => {
  const ends = nowSeconds() + 4;
  await put({ ...(await stored()), review_by: new Date(ends * 1000).toISOString() });
  expect((await call(world)).status).toBe(200);
  await untilAfter(ends);
  const refused = await eventually(
    () => call(world),
    ({ status }) => status !== 200,
  );
  expect(await refusalOf(refused)).toMatchObject({ status: 401, rule: "actor_expired" });
  expect(await review(owner, "confirm")).toBe(403);
  const { review_by: _, ...again } = await stored();
  await put(again);
  expect((await call(world)).status).toBe(200);
});

test("a workload that is narrowed may do what it has done, and nothing else", async () => {
  expect((await call(world)).status).toBe(200);
  // The inventory is counted with what goes to the long-term store.
  await eventually(
    async () => ((await (await readiness(world)).json()) as { ledger: { waiting: number } }).ledger.waiting,
    (waiting) => waiting === 0,
  );
  expect(await page(owner)).toContain("<code>orders:read</code>");
  expect(await review(owner, "narrow")).toBe(302);
  expect((await stored()).actions).toEqual(["orders:read"]);
  expect((await call(world)).status).toBe(200);
  expect(await refusalOf(await refund())).toMatchObject({ status: 403, rule: "action_narrowed" });
});

test("a later review widens nothing", async () => {
  await put({ ...(await stored()), actions: [] });
  expect(await review(owner, "narrow")).toBe(302);
  expect((await stored()).actions).toEqual([]);
  expect(await refusalOf(await call(world))).toMatchObject({ rule: "action_narrowed" });
});

test("owners and operators can end a workload, and one that has ended cannot be confirmed", async () => {
  expect(await review(owner, "end")).toBe(302);
  expect((await stored()).disabled).toBe(true);
  expect(await refusalOf(await call(world))).toMatchObject({ status: 401, rule: "actor_disabled" });
  expect(await review(owner, "confirm")).toBe(403);
  await put({ ...(await stored()), disabled: false });
  expect(await review(operator, "end")).toBe(302);
  expect((await stored()).disabled).toBe(true);
});

describe("at the same time as somebody else changes the registration", () => {
  const TURNS = cases(40);

  test("no review enables what the administration disables", async () => {
    for (let turn = 0; turn < TURNS; turn++) {
      const before = await stored();
      const disable = put({ ...before, disabled: true });
      await Promise.all([review(owner, "confirm"), disable, review(owner, "narrow")]);
      expect((await stored()).disabled, `turn ${turn}`).toBe(true);
      await put({ ...before, disabled: false });
    }
  });

  test("no review restores a key that was removed by rotation", async () => {
    const before = await stored();
    for (let turn = 0; turn < TURNS; turn++) {
      const keys = [(await keyNamed(`rotated-${turn}`)).jwk];
      await Promise.all([review(owner, "confirm"), put({ ...before, keys }), review(owner, "confirm")]);
      expect((await stored()).keys, `turn ${turn}`).toEqual(keys);
    }
  });

  test("none of 64 concurrent reviews restores a workload that one of them ends", async () => {
    const said = Array.from({ length: 64 }, (_, index) => (index === 20 ? "end" : index % 2 ? "confirm" : "narrow"));
    const statuses = await Promise.all(said.map((each) => review(owner, each)));
    expect(statuses[20]).toBe(302);
    expect(statuses.filter((status) => ![302, 403, 409].includes(status))).toEqual([]);
    expect((await stored()).disabled).toBe(true);
  });

  test("gateways use the last decision", async () => {
    const { workloads } = (await (await admin(world, "registry")).json()) as { workloads: Workload[] };
    expect(workloads.find(({ name }) => name === CAST.service)).toEqual(await stored());
  });
});

test("only owners can review a workload: auditors and operators can see it, others cannot", async () => {
  const before = await stored();
  expect(await page(auditor)).toContain("services/refunds");
  expect(await page(other)).not.toContain("services/refunds");
  expect(await review(auditor, "confirm")).toBe(403);
  expect(await review(auditor, "end")).toBe(403);
  expect(await review(operator, "confirm")).toBe(403);
  expect(await review(operator, "narrow")).toBe(403);
  expect(await review(other, "end")).toBe(404);
  expect(await review(owner, "confirm", "spiffe://acme.example/nobody")).toBe(404);
  expect(await review(owner, "widen")).toBe(400);
  expect(await review({ ...owner, origin: "https://evil.example" }, "end")).toBe(403);
  expect(await stored()).toEqual(before);
});
