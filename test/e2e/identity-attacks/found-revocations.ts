/** Attacks on revocation that succeeded once. */
import { decodeJwt } from "jose";
import { expect, test } from "vitest";
import { CAST, keyNamed, sign } from "../../vectors/craft.ts";
import { nameOf, rootOf, toAgent } from "../chains.ts";
import { call, nowSeconds, taskOf } from "../harness.ts";
import { basic, grantedBy, personToken, post, register, SERVICE, TYPE } from "../oauth.ts";
import {
  ask,
  bearer,
  exchangeForm,
  introspect,
  own,
  PARTNER,
  partnerRoot,
  redeem,
  revoke,
  said,
  send,
  serviceChain,
  withHop,
  world,
} from "./given.ts";

export function testRevocations(): void {
  test("a client cannot revoke somebody's token by giving a hop of its own chain the token's `jti`", async () => {
    const victim = await serviceChain({ jti: "victim-root" });
    expect((await call(world, { chain: victim })).status).toBe(200);
    // Mallory tells the name of the issuer over a key of her own, and lets it delegate to herself under the victim's
    // `jti`.
    const root = await rootOf({
      claims: { sub: "mallory", client_id: "mallory", cnf: { jwk: (await keyNamed("mallory")).jwk } },
    });
    const told = await withHop(root, { from: "mallory", by: "mallory", to: CAST.issuer, key: "mallory" });
    const chain = await withHop(told, {
      from: CAST.issuer,
      by: "mallory",
      to: "urn:mallory",
      key: "mallory",
      claims: { jti: "victim-root", exp: nowSeconds() + 300 },
    });
    await post(world, "/oauth/revoke", { token: chain }, basic("mallory"));
    expect(await send(victim, "service")).toContain("200");
  });

  test("a client cannot revoke a token of the gateway in that way", async () => {
    const token = await own();
    const { jti } = decodeJwt(token);
    const root = await rootOf({
      claims: { sub: "mallory", client_id: "mallory", cnf: { jwk: (await keyNamed("mallory")).jwk } },
    });
    const told = await withHop(root, { from: "mallory", by: "mallory", to: CAST.gateway, key: "mallory" });
    const claims = { jti, exp: nowSeconds() + 300 };
    const chain = await withHop(told, { from: CAST.gateway, by: "mallory", to: "urn:mallory", key: "mallory", claims });
    await post(world, "/oauth/revoke", { token: chain }, basic("mallory"));
    expect(await introspect(token, "support-agent")).toMatchObject({ active: true });
  });

  test("a grant from before the event that revoked its subject is refused", async () => {
    const iat = nowSeconds() - 50;
    const subject = { format: "iss_sub", iss: PARTNER, sub: "leaver" };
    const type = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
    const set = {
      iss: "https://signals.acme.example",
      aud: CAST.gateway,
      iat: nowSeconds(),
      jti: crypto.randomUUID(),
      events: { [type]: { subject } },
    };
    const body = await sign({ alg: "EdDSA", typ: "secevent+jwt", kid: "idp-1" }, set, await keyNamed("idp"));
    const headers = { "content-type": "application/secevent+jwt" };
    expect((await fetch(`${world.url}/events`, { method: "POST", headers, body })).status).toBe(202);
    expect(await said(await redeem({ sub: "leaver", iat }))).not.toContain("200");
  });

  test("a Txn-Token is refused once the client that it was issued to is revoked", async () => {
    await register(world, { client_id: "txn-client", actor: "urn:acme:txn-client", aliases: ["txn-client"] });
    const form = exchangeForm(await personToken({ aud: "txn-client" }), { requested_token_type: TYPE.txn });
    const txn = (await grantedBy(await ask("txn-client", form))).access_token;
    await revoke({ kind: "client", client_id: "txn-client" });
    expect(await said(await ask("billing", exchangeForm(txn, { subject_token_type: TYPE.txn })))).not.toContain("200");
  });

  test("a token is not active once the actor token that it was issued for is revoked", async () => {
    const claims = { client_id: SERVICE, aud: "relay", txn: undefined, tctx: undefined, sub: SERVICE };
    const actor = await personToken(claims);
    const more = { actor_token: actor, actor_token_type: TYPE.access };
    const token = (await grantedBy(await ask("relay", exchangeForm(await personToken({ aud: "relay" }), more))))
      .access_token;
    expect(decodeJwt(token)).toMatchObject({ act: { sub: SERVICE } });
    await revoke({ kind: "hop", hash: nameOf(actor, 0) });
    expect(await introspect(token, "relay")).toEqual({ active: false });
  });

  test("a token is not active once the actor that its root named is revoked, although the exchange gave it another name", async () => {
    await register(world, { client_id: "renamed", actor: "urn:acme:renamed", aliases: ["renamed"] });
    const root = await personToken({ client_id: "renamed", aud: ["renamed", CAST.gateway] });
    const token = (await grantedBy(await ask("renamed", exchangeForm(root)))).access_token;
    await revoke({ kind: "actor", authority: CAST.issuer, name: "renamed" });
    expect(await bearer(root)).toContain("revoked");
    expect(await introspect(token, "renamed")).toEqual({ active: false });
  });

  test("a partner's root about a subject of ours is refused once that subject is revoked", async () => {
    const claims = {
      iss: PARTNER,
      sub: "8",
      sub_id: { format: "iss_sub", iss: CAST.issuer, sub: "gone-8" },
      cnf: { jwk: (await keyNamed("app")).jwk },
    };
    const root = await rootOf({ claims, header: { kid: "partner-1" }, signedBy: "partner-idp" });
    await revoke({ kind: "subject", issuer: CAST.issuer, sub: "gone-8" });
    expect(await send(await withHop(root, toAgent), "agent")).toContain("revoked");
  });

  test("a name that a partner states under a third authority is refused once the workload with that name is revoked", async () => {
    const sub = "spiffe://acme.example/agents/r1";
    const of = async (iss?: string) => bearer(await partnerRoot({ cnf: undefined, act: { sub, ...(iss && { iss }) } }));
    await revoke({ kind: "actor", name: sub });
    expect(await of()).toContain("revoked");
    expect(await of(CAST.app)).toContain("revoked");
  });

  test("a chain that names another task is refused once its root's task has ended", async () => {
    const root = await rootOf({ claims: { txn: undefined } });
    expect(await send(await withHop(root, toAgent), "agent")).toContain("200");
    await revoke({ kind: "task", task: taskOf(`root:${nameOf(root, 0)}`) });
    expect(await send(await withHop(root, toAgent), "agent")).toContain("revoked");
    const claims = { txn: `task-${crypto.randomUUID()}` };
    expect(await send(await withHop(root, { ...toAgent, claims }), "agent")).toContain("revoked");
  });
}
