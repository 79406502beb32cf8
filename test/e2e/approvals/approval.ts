/** When an approval is asked for, and what it covers. */
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { askConsole, startSession } from "../../../cli/people.ts";
import { chainFetch, sendApproved } from "../../../sdk/client.ts";
import { verifier } from "../../../sdk/upstream.ts";
import type { Approval } from "../../../worker/approval/approval.ts";
import { chainNow, nowSeconds, recordsOf, refusalOf, seenBy } from "../harness.ts";
import { ask, chainOf, decide, exportOrders, holderKey, newTask, remote, world } from "./given.ts";

export function testApproval(): void {
  describe("an approval", () => {
    test("is waited for by the library, which then sends the same request again", async () => {
      const chain = await chainOf(newTask());
      const call = chainFetch({ chain, key: await holderKey() });
      const request = new Request(`${world.url}/exports/today`);
      const answer = await sendApproved(request, {
        call,
        every: 0.1,
        asked: ({ id }) => void decide(id, "approve"),
      });
      expect(answer.status).toBe(200);
    });

    test("that is refused ends the waiting", async () => {
      const call = chainFetch({ chain: await chainOf(newTask()), key: await holderKey() });
      const waiting = sendApproved(new Request(`${world.url}/exports/today`), {
        call,
        every: 0.1,
        asked: ({ id }) => void decide(id, "reject"),
      });
      await expect(waiting).rejects.toMatchObject({ code: "refused", refusal: { rule: "approval_rejected" } });
    });

    test("lets exactly this request pass, once, and the ledger records who approved", async () => {
      const txn = newTask();
      const chain = await chainOf(txn);
      const first = await exportOrders(chain);
      const challenge = first.headers.get("www-authenticate");
      const { approval } = (await first.json()) as { approval: Approval & { uri: string } };
      expect(challenge).toContain(`approval="${approval.id}"`);
      expect(approval).toMatchObject({
        groups: ["data-protection"],
        uri: `${world.url}/console/approvals/${approval.id}`,
      });
      const waiting = await refusalOf(await exportOrders(chain, { "hop-approval": approval.id }));
      expect(waiting.description).toContain("(approval_pending)");

      expect(await decide(approval.id, "approve")).toMatchObject({ status: "approved" });
      const allowed = await exportOrders(chain, { "hop-approval": approval.id });
      expect(allowed.status).toBe(200);
      const { headers } = await seenBy(allowed);
      expect(headers).not.toHaveProperty("hop-approval");
      const { approved_by: approvedBy } = decodeJwt(String(headers["authorization"]).slice(7));
      const dora = { iss: "https://idp.acme.example", sub: "dora", group: "data-protection", time: expect.any(Number) };
      expect(approvedBy).toEqual([dora]);
      const [{ time }] = approvedBy as [{ time: number }];
      expect(headers["hop-approved-by"]).toBe(
        `("dora";iss="https://idp.acme.example";group="data-protection";time=@${time})`,
      );
      expect(headers["signature-input"]).toContain('"hop-approved-by"');
      const verify = verifier({
        issuer: "https://gateway.acme.example",
        audience: "https://orders.acme.example",
        jwks: `${world.url}/.well-known/jwks.json`,
      });
      const told = await verify(String(headers["authorization"]).slice(7));
      expect(told).toMatchObject({ approvedBy: [{ ...dora, by: undefined }], emergency: undefined });
      const again = await refusalOf(await exportOrders(chain, { "hop-approval": approval.id }));
      expect(again.description).toContain("(approval_invalid)");

      const records = await recordsOf(world, txn, 5);
      expect(records.map((record) => ("act" in record ? record.act : (record.rule ?? record.outcome)))).toEqual([
        "approval_required",
        "approval_pending",
        "approved",
        "allowed",
        "approval_invalid",
      ]);
      expect(records[2]).toMatchObject({
        by: { sub: "dora" },
        about: { approval: approval.id, group: "data-protection", comment: "looked at it" },
      });
      expect(records[3]).toMatchObject({
        decision: { approval: approval.id, approvedBy: [dora], policies: ["support-exports-orders"] },
      });
    });

    test("lets one of eight requests pass that name it at the same time", async () => {
      const chain = await chainOf(newTask());
      const { id } = await ask(chain);
      await decide(id, "approve");
      const answers = await Promise.all(Array.from({ length: 8 }, () => exportOrders(chain, { "hop-approval": id })));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    });

    test("is the same one when the same request asks again", async () => {
      const chain = await chainOf(newTask());
      expect((await ask(chain)).id).toBe((await ask(chain)).id);
    });

    test("is refused for anything else: another path, another query, another chain", async () => {
      const txn = newTask();
      const chain = await chainOf(txn);
      const { id } = await ask(chain);
      await decide(id, "approve");
      const other = await chainNow({ 0: { claims: { txn } }, 2: { claims: { jti: "another-hop" } } });
      for (const [text, path] of [
        [chain, "/exports/yesterday"],
        [chain, "/exports/today?all=1"],
        [other, "/exports/today"],
      ] as const) {
        const refusal = await refusalOf(await exportOrders(text, { "hop-approval": id }, path));
        expect(refusal.description).toContain("(approval_invalid)");
      }
      expect((await exportOrders(chain, { "hop-approval": id })).status).toBe(200);
    });

    test("that was refused stays refused, and the next request asks again", async () => {
      const chain = await chainOf(newTask());
      const { id } = await ask(chain);
      expect(await decide(id, "reject")).toMatchObject({ status: "rejected" });
      const refusal = await refusalOf(await exportOrders(chain, { "hop-approval": id }));
      expect(refusal.description).toContain("(approval_rejected)");
      await expect(decide(id, "approve")).rejects.toThrow("already decided");
      expect((await ask(chain)).id).not.toBe(id);
    });

    test("cannot be seen by other groups, or without a sign-in", async () => {
      const { id } = await ask(await chainOf(newTask()));
      await expect(decide(id, "approve", "marketing")).rejects.toThrow("there is no such approval");
      const session = await startSession(remote(), { name: "sam", groups: ["security"] });
      await expect(
        askConsole(remote(), session, `approvals/${id}`, { decision: "approve", group: "data-protection" }),
      ).rejects.toThrow("not of that group");
      const stranger = await fetch(`${world.url}/console/approvals/${id}`, { redirect: "manual" });
      const signIn = `/console/sign-in?to=${encodeURIComponent(`/console/approvals/${id}`)}`;
      expect([stranger.status, stranger.headers.get("location")]).toEqual([302, signIn]);
      await expect(askConsole(remote(), "made-up", `approvals/${id}`)).rejects.toThrow();
    });

    test.each(["", "x", "<script>", "../../admin"])("named `%s` is refused", async (id) => {
      const refusal = await refusalOf(await exportOrders(await chainOf(newTask()), { "hop-approval": id }));
      expect(refusal).toMatchObject({ status: 400, error: "invalid_request" });
    });

    test("is not opened for a task that has asked for too many", async () => {
      const chain = await chainOf(newTask());
      for (let i = 0; i < 20; i++) expect((await exportOrders(chain, {}, `/exports/${i}`)).status).toBe(403);
      const answer = await exportOrders(chain, {}, "/exports/20");
      expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "60"]);
      expect(await answer.json()).toMatchObject({ error: "temporarily_unavailable", rule: "approvals_exhausted" });
    });

    test("is not opened either if one root names a new task for each request", async () => {
      const root = { txn: undefined, jti: crypto.randomUUID(), iat: nowSeconds() - 10, exp: nowSeconds() + 7200 };
      const ofTask = (txn: string): Promise<string> => chainNow({ 0: { claims: root }, 1: { claims: { txn } } });
      for (let i = 0; i < 20; i++) expect((await exportOrders(await ofTask(newTask()))).status).toBe(403);
      const refusal = await refusalOf(await exportOrders(await ofTask(newTask())));
      expect(refusal).toMatchObject({ status: 429, rule: "approvals_exhausted" });
    });

    test("is not opened, and nobody is notified, if it would not let the request pass", async () => {
      const txn = newTask();
      const chain = await chainNow({ 0: { claims: { txn, tctx: { purpose: "marketing" } } } });
      const answer = await exportOrders(chain);
      expect(answer.status).toBe(403);
      const body = await answer.json();
      expect(body).toMatchObject({ error: "access_denied", rule: "policy_denied" });
      expect(body).not.toHaveProperty("approval");
      expect(world.upstream.notices.some(({ body: told }) => told.includes(txn))).toBe(false);
    });
  });
}
