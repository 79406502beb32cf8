/**
 * Makes `state.tgz`, the state of a self-hosted gateway, for the version after it: run `node
 * test/vectors/state/make.ts` in a checkout of a version, after `npm run build`. What is in it is named in `made.ts`,
 * and lives until the year 2100.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CLIENT } from "../../e2e/clients.ts";
import { admin, call, eventually, ledgerOf, readiness, taskOf } from "../../e2e/harness.ts";
import { openAs, ruleOf, sealed } from "../../e2e/messages.ts";
import { startSelfhostWorld } from "../../e2e/selfhost-world.ts";
import { craftChain } from "../craft.ts";
import { DELIVERY, KEPT_CLIENT, LATE, type Made, PAYLOAD, TASKS } from "./made.ts";

const begin = Math.floor(Date.now() / 1000);

/** The good chain for a task, until the year 2100. @param length of it */
async function chainOf(txn: string, length?: number): Promise<string> {
  const lives = { 0: { claims: { txn, exp: LATE } }, 1: { claims: { exp: LATE } }, 2: { claims: { exp: LATE } } };
  return (await craftChain(begin, lives, length)).chain;
}

const folder = await mkdtemp(join(tmpdir(), "hopgate-made-"));
const state = join(folder, "state");
const { world, end } = await startSelfhostWorld("made-state", { state });

async function expectAnswer(answered: Promise<Response>, status: number): Promise<void> {
  const answer = await answered;
  if (answer.status !== status) throw new Error(`${answer.status} in place of ${status}: ${await answer.text()}`);
}

const [open, ended] = [await chainOf(TASKS.open), await chainOf(TASKS.ended)];
await expectAnswer(call(world, { chain: open }), 200);
await expectAnswer(call(world, { chain: open, path: "/orders/18" }), 200);
await expectAnswer(call(world, { chain: open, method: "POST", path: "/payouts" }), 403);
await expectAnswer(call(world, { chain: ended }), 200);
await expectAnswer(admin(world, "revocations", { kind: "task", task: taskOf(TASKS.ended), reason: "test" }), 200);
await expectAnswer(call(world, { chain: ended }), 401);
const envelope = await sealed(PAYLOAD, await chainOf(TASKS.message, 2), { ttl: LATE - begin - 60 });
if ((await ruleOf(openAs(world, PAYLOAD, envelope, DELIVERY))) !== undefined) throw new Error("the message is refused");
const client = { ...CLIENT, client_id: KEPT_CLIENT, actor: "urn:acme:kept" };
await expectAnswer(admin(world, `clients/${KEPT_CLIENT}`, client, "PUT"), 200);
await ledgerOf(world, TASKS.open, 3);
// The long-term store is to have them too.
const waiting = async (): Promise<unknown> => (await (await readiness(world)).json()).ledger.waiting;
await eventually(waiting, (entries) => entries === 0);
await end();

const made: Made = { publisher: world.publisher, open, ended, envelope };
await writeFile(join(folder, "made.json"), JSON.stringify(made));
const output = new URL("state.tgz", import.meta.url).pathname;
execFileSync("tar", ["-C", folder, "--exclude=lock.sqlite", "-czf", output, "made.json", "state"]);
console.log(`${output}: ${(await readFile(output)).length} bytes`);
await rm(folder, { recursive: true });
