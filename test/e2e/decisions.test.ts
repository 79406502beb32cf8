/** Decisions of the policies of policies/ over HTTP, and what a refused caller gets. */
import { beforeAll, describe, expect, test } from "vitest";
import { CAST, craftChain, keyNamed, leafKey } from "../vectors/craft.ts";
import { call, chainNow, nowSeconds, refusalOf, type World } from "./harness.ts";
import { sharedWorld } from "./shared-world.ts";

let world: World;
beforeAll(async () => {
  world = await sharedWorld();
});

test("the refund service may refund for a person, through the support agent", async () => {
  expect((await call(world, { method: "POST", path: "/refunds" })).status).toBe(200);
});

test("a request that lacks a scope is refused with 403 and the scope", async () => {
  const chain = await chainNow({ 2: { claims: { scope: "orders:read" } } });
  const refusal = await refusalOf(await call(world, { method: "POST", path: "/refunds", chain }));
  expect(refusal).toMatchObject({ status: 403, error: "insufficient_scope" });
  expect(refusal.challenge).toContain('scope="refunds:write"');
});

test("a request that no policy permits is refused with 403", async () => {
  const chain = await chainNow({ 0: { claims: { tctx: { purpose: "marketing" } } } });
  const refusal = await refusalOf(await call(world, { chain }));
  expect(refusal).toMatchObject({ status: 403, error: "access_denied" });
  expect(refusal.description).toContain("policy_denied");
});

test("a request that a policy forbids is refused with 403 and its @reason", async () => {
  const partner = "https://agents.partner.example/reader";
  const key = await keyNamed("partner");
  const chain = await chainNow({ 2: { claims: { sub: partner, cnf: { jwk: key.jwk } } } });
  const refusal = await refusalOf(await call(world, { method: "POST", path: "/refunds", chain, key }));
  expect(refusal).toMatchObject({ status: 403, error: "access_denied" });
  expect(refusal.description).toContain("partners may only read");
  expect((await call(world, { chain, key })).status).toBe(200);
});

test("a chain that is deeper than a policy allows is refused", async () => {
  const chain = await chainNow({}, 6);
  const refusal = await refusalOf(await call(world, { chain, key: await leafKey(6) }));
  expect(refusal.description).toContain("the task was delegated more than three times");
});

describe("a route of high sensitivity", () => {
  const payout = async (root: Record<string, unknown>): Promise<Response> => {
    const aud = [CAST.gateway];
    const chain = await craftChain(nowSeconds(), {
      0: { claims: { aud, ...root } },
      1: { claims: { aud } },
      2: { claims: { aud, scope: "payouts:write" } },
    });
    return call(world, { method: "POST", path: "/payouts", chain: chain.chain });
  };

  test("asks for step-up (RFC 9470)", async () => {
    const refusal = await refusalOf(await payout({}));
    expect(refusal).toMatchObject({ status: 401, error: "insufficient_user_authentication" });
    expect(refusal.challenge).toContain('acr_values="urn:acme:acr:mfa"');
    expect(refusal.challenge).toContain('max_age="300"');
  });
  test("asks again when the second factor is old", async () => {
    const refusal = await refusalOf(await payout({ acr: "urn:acme:acr:mfa", auth_time: nowSeconds() - 900 }));
    expect(refusal.error).toBe("insufficient_user_authentication");
  });
  test("serves a person who has just confirmed", async () => {
    expect((await payout({ acr: "urn:acme:acr:mfa", auth_time: nowSeconds() - 20 })).status).toBe(200);
  });
});

test("the nightly job may read for itself", async () => {
  const nightly = "spiffe://acme.example/jobs/nightly";
  const root = { 0: { claims: { sub: nightly, client_id: nightly } } };
  const chain = await chainNow(root, 1);
  expect((await call(world, { chain, key: await keyNamed("app") })).status).toBe(200);
});
