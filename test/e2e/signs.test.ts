/**
 * Signs over HTTP: what is new in verified requests, in policies, ledger, notices and console; and who cannot hide it.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askConsole, startSession } from "../../cli/people.ts";
import { readPolicyFiles } from "../../policies/tool/files.ts";
import { publishPolicies } from "../../policies/tool/publish.ts";
import type { ActRecord, AuditRecord } from "../../worker/ledger/record.ts";
import { CAST, keyNamed } from "../vectors/craft.ts";
import {
  ADMIN_TOKEN,
  admin,
  call,
  chainNow,
  ledgerNow,
  recordsOf,
  refusalOf,
  startWorld,
  type World,
} from "./harness.ts";

const POLICY = `
@id("a-person-for-a-new-country")
@approval("security")
@reason("the caller was never in this country: security must approve")
forbid (principal, action == Action::"orders:read", resource)
when { context has signs && context.signs.contains("new_country") }
unless { context.approved };
`;

let world: World;
beforeAll(async () => {
  world = await startWorld({
    withoutPolicies: true,
    edit: (config) => `${config}\n[signs]\ncountry_header = "X-Country"\ndenials = { count = 3, seconds = 86_400 }\n`,
  });
  const files = await readPolicyFiles("policies");
  await publishPolicies({ ...files, cedarText: files.cedarText + POLICY }, remote(), world.publisher);
});
afterAll(() => world.stop());

const remote = () => ({ gateway: world.url, adminToken: ADMIN_TOKEN });
const newTask = (): string => `task-${crypto.randomUUID()}`;
const chainOf = (txn: string): Promise<string> => chainNow({ 0: { claims: { txn } } });
const from = (country: string) => ({ "x-country": country });

/** What was noticed in a task. */
async function noticedIn(txn: string): Promise<string[]> {
  const acts = (await ledgerNow(world, txn)).map(({ record }) => JSON.parse(record) as ActRecord);
  return acts.flatMap(({ noticed }) => noticed?.signs.map(({ sign }) => sign) ?? []);
}
const lastRequest = async (txn: string): Promise<AuditRecord> =>
  (await recordsOf(world, txn, 1)).findLast((record) => !("act" in record)) as AuditRecord;

describe("in order of time", () => {
  test("claims of strangers and denied requests do not make a fact known", async () => {
    const headers = from("DE");
    const forged = await chainNow({ 0: { signedBy: "mallory" } });
    expect((await call(world, { chain: forged, headers })).status).toBe(401);
    const stolen = await call(world, { chain: await chainOf(newTask()), key: await keyNamed("mallory"), headers });
    expect(stolen.status).toBe(401);
    const denied = await call(world, {
      method: "POST",
      path: "/refunds",
      chain: await chainNow({ 0: { claims: { tctx: undefined } } }),
      headers,
    });
    expect(denied.status).toBe(403);
    const [one, two] = [newTask(), newTask()];
    await call(world, { chain: await chainOf(one) });
    await expect.poll(() => noticedIn(one)).toEqual(["new_pair", "new_pair", "new_route", "new_client"]);
    const refusal = await refusalOf(await call(world, { chain: await chainOf(two), headers }));
    expect(refusal).toMatchObject({ status: 403, rule: "approval_required" });
    expect((await lastRequest(two)).decision?.question.request.context["signs"]).toEqual(["new_country"]);
  });

  test("a policy asks people if a fact is new, and not if it is known", async () => {
    const txn = newTask();
    const chain = await chainOf(txn);
    const asked = (await (await call(world, { chain, headers: from("DE") })).json()) as { approval: { id: string } };
    expect(await noticedIn(txn)).toEqual([]);
    const session = await startSession(remote(), { name: "sam", groups: ["security"] });
    await askConsole(remote(), session, `approvals/${asked.approval.id}`, { decision: "approve", group: "security" });
    const approved = await call(world, { chain, headers: { ...from("DE"), "hop-approval": asked.approval.id } });
    expect(approved.status).toBe(200);
    await expect.poll(() => noticedIn(txn)).toEqual(["new_country"]);
    expect((await call(world, { chain: await chainOf(newTask()), headers: from("DE") })).status).toBe(200);
  });

  test("people get a signed notice that names the caller, the task and the decision", async () => {
    const about = { caller: CAST.service, signs: [{ sign: "new_country", what: "DE" }] };
    const notices = () => world.upstream.notices.map(({ body }) => JSON.parse(body) as { type: string; data: object });
    await expect
      .poll(notices)
      .toContainEqual(expect.objectContaining({ type: "dev.hopgate.signs.v1", data: expect.objectContaining(about) }));
  });

  test("the console lists the signs, newest first", async () => {
    const session = await startSession(remote(), { name: "sam", groups: ["security"] });
    const page = await (
      await fetch(`${world.url}/console/signs`, { headers: { authorization: `Bearer ${session}` } })
    ).text();
    expect(page.indexOf("new_country")).toBeGreaterThan(0);
    expect(page.indexOf("new_country")).toBeLessThan(page.indexOf("new_route"));
    expect(page).toContain("GET /orders/17");
  });

  test("an actor without an owner is noticed once, by the registry as it is now", async () => {
    const path = `registry/${encodeURIComponent(CAST.app)}`;
    const before = (await (await admin(world, path)).json()) as object;
    await fetch(`${world.url}/admin/${path}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    const [one, two] = [newTask(), newTask()];
    await call(world, { chain: await chainOf(one), headers: from("DE") });
    await expect.poll(() => noticedIn(one)).toContain("no_owner");
    await call(world, { chain: await chainOf(two), headers: from("DE") });
    expect((await lastRequest(two)).decision?.question.request.context["signs"] ?? []).not.toContain("no_owner");
    await admin(world, path, before, "PUT");
  });

  test("denials become a burst, which is reported once, and later questions to policies contain it", async () => {
    const txn = newTask();
    const chain = await chainNow({ 0: { claims: { txn, tctx: undefined } } });
    for (let n = 0; n < 5; n++) expect((await call(world, { chain, headers: from("DE") })).status).toBe(403);
    await expect.poll(async () => (await noticedIn(txn)).length).toBeGreaterThan(0);
    expect(await noticedIn(txn)).toEqual(["denials"]);
    const next = newTask();
    expect((await call(world, { chain: await chainOf(next), headers: from("DE") })).status).toBe(200);
    expect((await lastRequest(next)).decision?.question.request.context["signs"]).toEqual(["denials"]);
  });
});
