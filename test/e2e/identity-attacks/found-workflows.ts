/** Attacks on verified workflows (actor chains) that succeeded once. */
import canonicalize from "canonicalize";
import { decodeJwt } from "jose";
import { expect, test } from "vitest";
import { CAST, keyNamed, sign } from "../../vectors/craft.ts";
import { nowSeconds } from "../harness.ts";
import { basic, grantedBy, ORDERS, personToken, post, REFUNDS, register, TYPE } from "../oauth.ts";
import { ask, exchangeForm, PARTNER, said, world } from "./given.ts";

export function testWorkflows(): void {
  test("a foreign root does not continue another's verified workflow, and does not use up its next step", async () => {
    const wf = async (name: string, aliases: string[]) => {
      const keys = [{ ...(await keyNamed(name)).jwk, kid: name }];
      await register(world, { client_id: name, actor: `urn:${name}`, keys, aliases });
    };
    await Promise.all([wf("wf-a", []), wf("wf-b", [REFUNDS]), wf("wf-m", ["wf-m"])]);
    const profile = { actor_chain_profile: "verified-full" };
    const step = async (name: string, payload: Record<string, unknown>) => {
      const all = { ctx: "actor-chain-verified-full-step-sig-v1", iat: nowSeconds(), ...payload };
      const header = { alg: "EdDSA", typ: "act-step-proof+jwt", kid: name };
      return sign(header, canonicalize(all) as string, await keyNamed(name));
    };
    const a = { sub: "urn:wf-a", iss: CAST.gateway };
    const grant = "urn:ietf:params:oauth:grant-type:actor-chain-bootstrap";
    const begun = (await (
      await post(
        world,
        "/oauth/actor-chain/bootstrap",
        { ...profile, grant_type: grant, audience: REFUNDS },
        basic("wf-a"),
      )
    ).json()) as Record<string, string>;
    const first = await grantedBy(
      await ask("wf-a", {
        ...profile,
        grant_type: "client_credentials",
        audience: REFUNDS,
        actor_chain_bootstrap_context: begun["actor_chain_bootstrap_context"] as string,
        actor_chain_step_proof: await step("wf-a", {
          acti: begun["acti"],
          prev: begun["initial_chain_seed"],
          sub: a.sub,
          act: a,
          target_context: { aud: REFUNDS },
        }),
      }),
    );
    const { acti, actc } = decodeJwt(first.access_token) as { acti: string; actc: string };
    const prev = (decodeJwt(actc) as { curr: string }).curr;
    const goOn = async (name: string, token: string, sub: string, before: object) => {
      const act = { sub: `urn:${name}`, iss: CAST.gateway, act: before };
      const proof = await step(name, { acti, prev, sub, act, target_context: { aud: ORDERS } });
      return ask(name, exchangeForm(token, { ...profile, audience: ORDERS, actor_chain_step_proof: proof }));
    };
    const options = { header: { kid: "partner-1" }, signedBy: "partner-idp" };
    const state = { actp: "verified-full", acti, actc };
    const foreign = await personToken({ iss: PARTNER, sub: "pat", client_id: "x", aud: "wf-m", ...state }, options);
    const stolen = await said(await goOn("wf-m", foreign, "pat", { sub: "x", iss: PARTNER }));
    const rightful = await said(await goOn("wf-b", first.access_token, a.sub, a));
    expect([stolen.slice(0, 3), rightful.slice(0, 3)]).toEqual(["400", "200"]);
  });

  test("a client cannot sign the step of another actor in a verified workflow", async () => {
    const S = "spiffe://acme.example/wf-s";
    const profile = { actor_chain_profile: "verified-full" };
    const client = async (id: string, more: object) =>
      register(world, { client_id: id, keys: [{ ...(await keyNamed(id)).jwk, kid: id }], ...more });
    await client("wf-first", { actor: "urn:wf-first" });
    await client("wf-relay", { actor: "urn:wf-relay", aliases: [REFUNDS, "wf-relay"], actors: [S] });
    const step = async (name: string, payload: Record<string, unknown>) => {
      const all = { ctx: "actor-chain-verified-full-step-sig-v1", iat: nowSeconds(), ...payload };
      const header = { alg: "EdDSA", typ: "act-step-proof+jwt", kid: name };
      return sign(header, canonicalize(all) as string, await keyNamed(name));
    };
    const grant_type = "urn:ietf:params:oauth:grant-type:actor-chain-bootstrap";
    const form = { ...profile, grant_type, audience: REFUNDS };
    const begun = (await (await post(world, "/oauth/actor-chain/bootstrap", form, basic("wf-first"))).json()) as Record<
      string,
      string
    >;
    const act = { sub: "urn:wf-first", iss: CAST.gateway };
    const { acti } = begun;
    const first = await grantedBy(
      await ask("wf-first", {
        ...profile,
        grant_type: "client_credentials",
        audience: REFUNDS,
        actor_chain_bootstrap_context: begun["actor_chain_bootstrap_context"] as string,
        actor_chain_step_proof: await step("wf-first", {
          ...{ acti, prev: begun["initial_chain_seed"], sub: act.sub, act, target_context: { aud: REFUNDS } },
        }),
      }),
    );
    const prev = (decodeJwt(decodeJwt(first.access_token)["actc"] as string) as { curr: string }).curr;
    const next = { sub: S, iss: "spiffe://acme.example", act };
    const actor = { client_id: S, sub: S, aud: "wf-relay", txn: undefined, tctx: undefined };
    const answer = await ask(
      "wf-relay",
      exchangeForm(first.access_token, {
        ...profile,
        audience: ORDERS,
        actor_token: await personToken(actor),
        actor_token_type: TYPE.access,
        actor_chain_step_proof: await step("wf-relay", {
          ...{ acti, prev, sub: act.sub, act: next, target_context: { aud: ORDERS } },
        }),
      }),
    );
    expect(await said(answer)).not.toContain("200");
  });
}
