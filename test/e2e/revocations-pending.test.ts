/** A shard of the ledger that cannot be sent a revocation: whoever revokes is told, until the shard has it. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { startSession } from "../../cli/people.ts";
import { CAST } from "../vectors/craft.ts";
import { hopgate } from "./command-line.ts";
import { ADMIN_TOKEN, call, chainNow, ledgerOf, startWorld, taskOf, type World } from "./harness.ts";
import { wrapWorker } from "./wrapped.ts";

const TEXT = "Not in force everywhere yet.";

let world: World;
let authorization: string;
beforeAll(async () => {
  world = await startWorld({ bundle: await wrapWorker("deaf") });
  const remote = { gateway: world.url, adminToken: ADMIN_TOKEN };
  authorization = `Bearer ${await startSession(remote, { name: "otto", groups: ["platform"] })}`;
});
afterAll(() => world.stop());

const page = async (path: string): Promise<string> =>
  (await fetch(`${world.url}/console/${path}`, { headers: { authorization } })).text();
/** Sends a form. @returns the page after it */
const send = async (path: string, form: Record<string, string>): Promise<string> => {
  const init = { method: "POST", headers: { authorization, origin: world.url }, body: new URLSearchParams(form) };
  const { status } = await fetch(`${world.url}/console/${path}`, { ...init, redirect: "manual" });
  expect(status).toBe(302);
  return page(path.replace(/\/(end|reopen)$/, ""));
};
const setDeaf = async (deaf: boolean): Promise<void> => {
  expect((await fetch(`${world.url}/?deaf=${deaf ? "yes" : "no"}`)).status).toBe(204);
};
const untilNonePends = (path: string): Promise<void> => expect.poll(() => page(path)).not.toContain(TEXT);

let chain: string;
let task: string;
beforeEach(async () => {
  const txn = `task-${crypto.randomUUID()}`;
  [chain, task] = [await chainNow({ 0: { claims: { txn, sub: txn, jti: txn } } }), taskOf(txn)];
  expect(await statusNow()).toBe(200);
  await ledgerOf(world, txn, 1);
  await setDeaf(true);
});
afterEach(async () => {
  await setDeaf(false);
  await untilNonePends("revocations");
});
const statusNow = async (): Promise<number> => (await call(world, { chain })).status;

test("the page of a task says that its end, or its reopening, is not in force everywhere, until it is", async () => {
  expect(await send(`tasks/${task}/end`, { reason: "stop" })).toContain(TEXT);
  expect(await statusNow()).toBe(200);
  await setDeaf(false);
  await untilNonePends(`tasks/${task}`);
  expect(await statusNow()).toBe(401);

  await setDeaf(true);
  expect(await send(`tasks/${task}/reopen`, { reason: "go on" })).toContain(TEXT);
  expect(await statusNow()).toBe(401);
  await setDeaf(false);
  await untilNonePends(`tasks/${task}`);
  expect(await statusNow()).toBe(200);
});

test("the list of revocations says it too, in one sentence for one shard", async () => {
  expect(await page("revocations")).not.toContain(TEXT);
  const shown = await send("revocations", { kind: "task", task, reason: "stop" });
  expect(shown).toContain(`${TEXT}</strong> One shard of the ledger does not have every revocation.`);
});

test("the command line names the shard, for a revocation and for a reopening", async () => {
  const where = ["--reason", "test", "--gateway", world.url];
  const said = expect.stringMatching(/not in force everywhere yet: shards of the ledger without it: 1-0\n/);
  expect(await hopgate(["revoke", "task", task, ...where])).toMatchObject({ code: 0, out: said });
  expect(await hopgate(["task", "reopen", task, ...where])).toMatchObject({ code: 0, out: said });
  await setDeaf(false);
  await untilNonePends("revocations");
  const { out } = await hopgate(["revoke", "subject", CAST.issuer, "nobody", ...where]);
  expect(out).not.toContain("not in force");
});
