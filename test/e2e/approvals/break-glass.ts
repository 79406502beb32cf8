/** Emergencies: a request passes without an approval, and people are told. */
import { createHash } from "node:crypto";
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { call, chainNow, eventually, recordsOf, refusalOf, seenBy } from "../harness.ts";
import { verifyByGateway } from "../signed.ts";
import { chainOf, exportOrders, newTask, world } from "./given.ts";

export function testBreakGlass(): void {
  describe("break-glass", () => {
    const reason = '"the order system is down, ticket 4711"';

    test("passes if route and policy allow it, is reported to people in a signed notice, and is marked", async () => {
      const txn = newTask();
      const answer = await exportOrders(await chainOf(txn), { "hop-break-glass": reason });
      expect(answer.status).toBe(200);
      const { headers: passed } = await seenBy(answer);
      expect(passed).not.toHaveProperty("hop-break-glass");
      expect(passed["hop-approved-by"]).toBe('();emergency="the order system is down, ticket 4711"');
      const claims = decodeJwt(String(passed["authorization"]).slice(7));
      expect(claims).toMatchObject({ emergency: "the order system is down, ticket 4711" });
      expect(claims).not.toHaveProperty("approved_by");
      const [record] = await recordsOf(world, txn, 1);
      expect(record).toMatchObject({
        outcome: "allowed",
        decision: { emergency: "the order system is down, ticket 4711" },
      });

      const notice = await eventually(
        async () => world.upstream.notices.find(({ body }) => body.includes(txn) && body.includes("break_glass")),
        (found) => found !== undefined,
      );
      const { headers, body } = notice as (typeof world.upstream.notices)[0];
      expect(JSON.parse(body)).toMatchObject({
        specversion: "1.0",
        type: "dev.hopgate.break_glass.v1",
        id: record?.id,
        data: { emergency: "the order system is down, ticket 4711", chain: { subject: { sub: "alice" } } },
      });
      expect(headers["content-digest"]).toBe(`sha-256=:${createHash("sha256").update(body).digest("base64")}:`);
      const received = new Request(`${world.upstream.url}/notices`, {
        method: "POST",
        headers: headers as HeadersInit,
        body,
      });
      const components = ["@method", "@target-uri", "content-type", "content-digest"];
      expect(await verifyByGateway(world, received, components)).toBe(true);
    });

    test("is reported when the receiver of notices is back", async () => {
      const txn = newTask();
      const asked = (): number => world.upstream.asked.get("/notices") ?? 0;
      const before = asked();
      world.upstream.noticesDown = true;
      expect((await exportOrders(await chainOf(txn), { "hop-break-glass": reason })).status).toBe(200);
      await expect.poll(asked).toBeGreaterThan(before);
      world.upstream.noticesDown = false;
      await eventually(
        async () => world.upstream.notices.some(({ body }) => body.includes(txn)),
        (told) => told,
      );
    });

    test("needs a reason", async () => {
      const chain = await chainOf(newTask());
      for (const bad of ["", '""', '"short"', "not a string", `"${"x".repeat(501)}"`, "?1"]) {
        const refusal = await refusalOf(await exportOrders(chain, { "hop-break-glass": bad }));
        expect(refusal.status, bad).toBe(400);
        expect(refusal.description).toContain("(emergency_malformed)");
      }
    });

    test("is refused on a route that does not allow it", async () => {
      const refusal = await refusalOf(await call(world, { headers: { "hop-break-glass": reason } }));
      expect(refusal).toMatchObject({ status: 403, error: "access_denied" });
      expect(refusal.description).toContain("(emergency_refused)");
    });

    test("does not overcome what the policies forbid to it", async () => {
      const txn = newTask();
      const chain = await chainNow({ 0: { claims: { txn, tctx: { purpose: "marketing" } } } });
      const refusal = await refusalOf(await exportOrders(chain, { "hop-break-glass": reason }));
      expect(refusal.description).toContain("(policy_denied)");
      const [record] = await recordsOf(world, txn, 1);
      expect(record).toMatchObject({ outcome: "denied", decision: { emergency: expect.any(String) } });
      expect(world.upstream.notices.some(({ body }) => body.includes(txn))).toBe(false);
    });
  });
}
