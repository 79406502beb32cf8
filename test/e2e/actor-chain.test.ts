/**
 * Actor chains (draft-mw-oauth-actor-chain): profiles, step proofs and commitments. Proofs are made and commitments
 * checked with node:crypto and jose, by the text of the draft, not by the gateway's code.
 */
import { decodeJwt } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { keyNamed } from "../vectors/craft.ts";
import { testForgedSteps } from "./actor-chain/forged-steps.ts";
import { begin, expectCommitment, goOn, node, registerActors, stepProof, tokenOf, world } from "./actor-chain/given.ts";
import { nowSeconds } from "./harness.ts";
import { AGENT, basic, discover, EXCHANGE, ORDERS, personToken, post, REFUNDS, SERVICE, TYPE } from "./oauth.ts";

beforeAll(registerActors);

test("the metadata lists what is supported", async () => {
  expect(await discover(world)).toMatchObject({
    actor_chain_bootstrap_endpoint: `${world.url}/oauth/actor-chain/bootstrap`,
    actor_chain_profiles_supported: ["declared-full", "verified-full"],
    actor_chain_commitment_hashes_supported: ["sha-256"],
  });
});

describe("declared-full", () => {
  test("begins with the first actor, gains each next actor, and keeps workflow, profile and subject", async () => {
    const profile = { actor_chain_profile: "declared-full" };
    const first = await tokenOf(
      await post(world, "/oauth/token", { grant_type: "client_credentials", audience: REFUNDS, ...profile }),
    );
    const begun = decodeJwt(first);
    expect(begun).toMatchObject({ actp: "declared-full", sub: AGENT, act: node(AGENT) });
    expect(begun["acti"]).toMatch(/^[0-9a-f-]{36}$/);
    const form = { grant_type: EXCHANGE, subject_token: first, subject_token_type: TYPE.access, audience: ORDERS };
    const next = decodeJwt(
      await tokenOf(await post(world, "/oauth/token", { ...form, ...profile }, basic("refund-service"))),
    );
    expect(next).toMatchObject({
      actp: "declared-full",
      acti: begun["acti"],
      sub: AGENT,
      act: node(SERVICE, node(AGENT)),
    });
    expect(next["actc"]).toBeUndefined();

    // The profile cannot be left, or changed.
    for (const other of [{}, { actor_chain_profile: "verified-full" }]) {
      const refused = await post(world, "/oauth/token", { ...form, ...other }, basic("refund-service"));
      expect([refused.status, await refused.json()]).toMatchObject([400, { error: "invalid_grant" }]);
    }
  });

  test("a person's workflow begins when the first actor exchanges the person's token", async () => {
    const form = {
      grant_type: EXCHANGE,
      subject_token: await personToken(),
      subject_token_type: TYPE.access,
      audience: REFUNDS,
    };
    const token = decodeJwt(
      await tokenOf(await post(world, "/oauth/token", { ...form, actor_chain_profile: "declared-full" })),
    );
    expect(token).toMatchObject({ actp: "declared-full", sub: "alice", act: node(AGENT) });
  });

  test.each(["declared-subset", "verified-actor-only", "anything"])("%s is not supported", async (profile) => {
    const refused = await post(world, "/oauth/token", {
      grant_type: "client_credentials",
      audience: REFUNDS,
      actor_chain_profile: profile,
    });
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: "invalid_request" }]);
  });
});

describe("verified-full", () => {
  test("each actor proves its step, and each commitment covers the one before", async () => {
    const { context, proof, response } = await begin();
    expect(context).toMatchObject({ sub: AGENT, halg: "sha-256", target_context: { aud: REFUNDS } });
    const first = decodeJwt(await tokenOf(response.clone()));
    expect(first).toMatchObject({ actp: "verified-full", acti: context.acti, act: node(AGENT) });
    const curr = await expectCommitment(first["actc"] as string, context.initial_chain_seed, proof, context.acti);

    const next = await goOn(await tokenOf(response));
    expect(next.prev).toBe(curr);
    const second = decodeJwt(await tokenOf(next.response));
    expect(second).toMatchObject({ acti: context.acti, sub: AGENT, act: node(SERVICE, node(AGENT)) });
    await expectCommitment(second["actc"] as string, curr, next.proof, context.acti);
  });

  test("the same proof sent again is a retry and gets the same state; another proof for the same state is refused", async () => {
    const { request, response } = await begin();
    const first = decodeJwt(await tokenOf(response));
    const again = decodeJwt(await tokenOf(await post(world, "/oauth/token", request)));
    expect([again["actc"], again["acti"]]).toEqual([first["actc"], first["acti"]]);
    const context = request.actor_chain_bootstrap_context;
    const { acti, seed } = decodeJwt(context) as { acti: string; seed: string };
    const other = await stepProof(
      { acti, prev: seed, sub: AGENT, act: node(AGENT), target_context: { aud: REFUNDS } },
      await keyNamed("agent"),
      "agent",
      { claims: { iat: nowSeconds() - 7 } },
    );
    const refused = await post(world, "/oauth/token", { ...request, actor_chain_step_proof: other });
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: "invalid_grant" }]);
  });

  test("an exchange that would preserve the chain is refused, because it is not supported", async () => {
    const token = await tokenOf((await begin()).response);
    for (const mode of ["actor_chain_refresh", "actor_chain_cross_domain"]) {
      expect(await (await goOn(token, {}, { [mode]: "true" })).response.json()).toMatchObject({
        error: "invalid_request",
      });
    }
  });

  testForgedSteps();
});
