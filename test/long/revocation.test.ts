/** Revocations while 32 connections send: nothing is admitted after the acknowledgement, by answers and ledger. */
import { expect, test } from "vitest";
import type { LoadRequest } from "../../bench/load.ts";
import { signedRequests } from "../../bench/signed.ts";
import { sha256 } from "../../cli/hash.ts";
import { NAMES } from "../../demo/company.ts";
import { sendAdmin } from "../../sdk/admin.ts";
import { issuerParty } from "../../worker/chain/party.ts";
import { taskId } from "../../worker/chain/task.ts";
import { type Answer, sendAll, txnOf } from "./callers.ts";
import { missingFrom, requestsOf } from "./on-record.ts";
import { withSelfHosted } from "./selfhosted.ts";

const CONNECTIONS = 32;
const REQUESTS = 1000;
/** Answers after which it is revoked. */
const BEFORE = 200;

const taskOf = (request: LoadRequest): object => ({
  kind: "task",
  task: taskId(txnOf(request), issuerParty(NAMES.idp), sha256),
});
const subjectOf = (): object => ({ kind: "subject", issuer: NAMES.idp, sub: NAMES.person });
const actorOf = (): object => ({ kind: "actor", name: NAMES.agent });

test.each([
  ["a task", REQUESTS, taskOf],
  ["a person of many tasks", 1, subjectOf],
  ["an actor of many tasks", 1, actorOf],
])("%s", async (_, perTask, named) => {
  await withSelfHosted(async ({ company, gateway, reached }) => {
    const { origin, remote } = gateway;
    const requests = await signedRequests({ company, origin, count: REQUESTS, perTask });
    const body = { ...named(requests[0] as LoadRequest), reason: "test" };
    const answers: Answer[] = [];
    let acknowledged: Promise<number> | undefined;
    await sendAll(origin, requests, CONNECTIONS, (answer) => {
      answers.push(answer);
      if (answers.length < BEFORE) return;
      acknowledged ??= sendAdmin(remote, "POST", "revocations", body).then(({ status }) => {
        expect(status).toBe(200);
        return Date.now();
      });
    });
    const time = await acknowledged;
    const late = answers.filter(({ sent }) => sent >= (time as number));
    expect(late.length).toBeGreaterThan(CONNECTIONS);
    expect(late.filter(({ rule }) => rule !== "revoked")).toEqual([]);
    expect(answers).toHaveLength(REQUESTS);
    expect(answers.filter(({ status, rule }) => status !== 200 && rule !== "revoked")).toEqual([]);

    const txns = new Set(requests.map(txnOf));
    const known = [...answers.map(({ decision }) => decision), ...reached];
    expect(await missingFrom(remote, txns, known)).toEqual([]);
    for (const txn of txns) {
      const outcomes = (await requestsOf(remote, txn)).map(({ outcome }) => outcome);
      expect(outcomes.lastIndexOf("allowed")).toBeLessThan(outcomes.concat("denied").indexOf("denied"));
    }
  });
});
