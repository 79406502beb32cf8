/**
 * The process is killed under load, repeatedly: what was answered, and what reached the upstream, is recorded once,
 * used proofs are still refused, and revocations still apply.
 */
import { Client } from "undici";
import { expect, test } from "vitest";
import { signedRequest, signedRequests } from "../../bench/signed.ts";
import { sha256 } from "../../cli/hash.ts";
import { NAMES, serviceChain } from "../../demo/company.ts";
import { sendAdmin } from "../../sdk/admin.ts";
import { issuerParty } from "../../worker/chain/party.ts";
import { taskId } from "../../worker/chain/task.ts";
import { type Answer, ask, sendAll, txnOf } from "./callers.ts";
import { expectSpent, missingFrom } from "./on-record.ts";
import { type SelfHosted, withSelfHosted } from "./selfhosted.ts";

const CONNECTIONS = 32;
const REQUESTS = 600;
const ROUNDS = 10;
/** Answers after which the process is killed: another number in each round. */
const MOST_ANSWERS = 400;

test.each([
  ["one task", REQUESTS],
  ["a task for each request", 1],
])(
  `killed ${ROUNDS} times under ${CONNECTIONS} connections with %s, it has everything that was answered on record`,
  async (_, perTask) => {
    await withSelfHosted(async (world) => {
      const { company, gateway } = world;
      let all = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const requests = await signedRequests({ company, origin: gateway.origin, count: REQUESTS, perTask });
        const revoked = await serviceChain(company);
        const ends = 20 + Math.floor(Math.random() * MOST_ANSWERS);
        world.reached.clear();
        const answers = await sendUntilKilled(world, requests, ends, () => revokeTask(world, revoked));

        expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
        const decisions = answers.map(({ decision }) => decision);
        expect(new Set(decisions).size).toBe(decisions.length);
        const known = [...decisions, ...world.reached];
        expect(await missingFrom(gateway.remote, requests.map(txnOf), known), `killed after ${ends}`).toEqual([]);
        await expectSpent(gateway.origin, answers);
        expect(await askOnce(world, revoked)).toMatchObject({ status: 401, rule: "revoked" });
        all += answers.length;
      }
      console.log(`${all} requests were answered, and all of them are on record`);
      expect(all).toBeGreaterThan(ROUNDS * 20);
    });
  },
);

/** @param meanwhile done under the load, before the end @returns what was answered */
async function sendUntilKilled(
  { gateway, kill }: SelfHosted,
  requests: Awaited<ReturnType<typeof signedRequests>>,
  ends: number,
  meanwhile: () => Promise<unknown>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const done = meanwhile();
  let killed: Promise<void> | undefined;
  await sendAll(gateway.origin, requests, CONNECTIONS, (answer) => {
    answers.push(answer);
    if (answers.length >= ends) killed ??= done.then(kill);
  });
  await (killed ?? done.then(kill));
  return answers;
}

function revokeTask({ gateway }: SelfHosted, chain: string): Promise<Response> {
  const task = taskId(txnOf({ headers: { authorization: chain } }), issuerParty(NAMES.idp), sha256);
  return sendAdmin(gateway.remote, "POST", "revocations", { kind: "task", task, reason: "test" });
}

async function askOnce({ company, gateway }: SelfHosted, chain: string): Promise<Answer> {
  const client = new Client(gateway.origin);
  return ask(client, await signedRequest(company, gateway.origin, chain)).finally(() => client.close());
}
