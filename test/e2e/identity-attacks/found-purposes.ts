/** Attacks on the purpose of a task that succeeded once. */
import { decodeJwt } from "jose";
import { expect, test } from "vitest";
import { keyNamed } from "../../vectors/craft.ts";
import { toService } from "../chains.ts";
import { call } from "../harness.ts";
import { agentChain, ask, BEARER_GRANT, grantOf, redeem, said, send, withHop, world } from "./given.ts";

export function testPurposes(): void {
  test("the shipped policies do not accept a purpose of a refund that only the caller states", async () => {
    const chain = await withHop(await agentChain({ tctx: undefined }), {
      ...toService,
      claims: { tctx: { purpose: "customer-support/i-say-so" } },
    });
    const key = await keyNamed("service");
    const answer = await call(world, { method: "POST", path: "/refunds", chain, key, body: "{}" });
    expect(answer.status).toBe(403);
  });

  test("the shipped policies do not accept a purpose that only begins with the same letters", async () => {
    expect(await send(await agentChain({ tctx: { purpose: "customer-supportless/marketing" } }), "agent")).toContain(
      "policy_denied",
    );
  });

  test("a grant's `tctx` does not replace the purpose that its issuer's entry maps", async () => {
    const answer = await redeem({ reason: "marketing", tctx: { purpose: "customer-support/refund" } });
    const body = (await answer.json()) as { access_token?: string };
    const { tctx } = body.access_token === undefined ? { tctx: undefined } : decodeJwt(body.access_token);
    expect(tctx).not.toEqual({ purpose: "customer-support/refund" });
  });

  test("a client does not add to the context in a grant of another domain", async () => {
    const assertion = await grantOf({ tctx: { order: 17 } });
    const form = { grant_type: BEARER_GRANT, assertion, request_details: '{"order":17,"approved_by":"cfo"}' };
    expect(await said(await ask("desk", form))).toContain("task_context_changed");
  });
}
