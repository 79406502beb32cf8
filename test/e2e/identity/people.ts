/** People of several issuers, and what their issuers say of them. */
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { type ActClaim, readActors } from "../../../worker/chain/act.ts";
import { CAST, keyNamed, sign } from "../../vectors/craft.ts";
import { rootOf, toAgent, toService, withHop } from "../chains.ts";
import { call, nowSeconds, refusalOf } from "../harness.ts";
import { basic, exchange, grantedBy, post, register } from "../oauth.ts";
import { claimsFor, PARTNER_IDP, PEOPLE, revoke, ruleOf, serviceChain, world } from "./given.ts";

export function testPeople(): void {
  describe("security events reach people by every name that they have", () => {
    const SESSION_REVOKED = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
    const push = async (subject: object): Promise<Response> => {
      const claims = {
        iss: "https://signals.acme.example",
        aud: CAST.gateway,
        iat: nowSeconds(),
        jti: crypto.randomUUID(),
        events: { [SESSION_REVOKED]: { subject } },
      };
      const body = await sign({ alg: "EdDSA", typ: "secevent+jwt", kid: "idp-1" }, claims, await keyNamed("idp"));
      return fetch(`${world.url}/events`, {
        method: "POST",
        headers: { "content-type": "application/secevent+jwt" },
        body,
      });
    };
    test.each([
      ["the issuer's own", { format: "iss_sub", iss: PEOPLE, sub: "u-one" }, "one"],
      ["the mapped claim", { format: "iss_sub", iss: PEOPLE, sub: "Two@acme.example" }, "Two"],
      ["the e-mail address in another case", { format: "email", email: "thREE@acme.example" }, "Three"],
    ])("by %s", async (_, subject, name) => {
      const claims = {
        iss: PEOPLE,
        sub: `u-${name.toLowerCase()}`,
        email: `${name}@acme.example`,
        reason: "customer-support",
        tctx: undefined,
      };
      const chain = await withHop(await rootOf({ claims }), toAgent);
      const key = await keyNamed("agent");
      expect((await call(world, { chain, key })).status).not.toBe(401);
      const answer = await push(subject);
      expect([answer.status, Number(answer.headers.get("hop-effects")) > 0]).toEqual([202, true]);
      expect(await ruleOf(await call(world, { chain, key }))).toBe("revoked");
    });
  });

  describe("a partner's grant cannot name parties of ours", () => {
    const redeem = async (claims: Record<string, unknown> = {}) => {
      await register(world, {
        client_id: "partner-desk",
        actor: "urn:acme:desk",
        grants: ["urn:ietf:params:oauth:grant-type:jwt-bearer"],
      });
      const now = nowSeconds();
      const grant = {
        iss: PARTNER_IDP,
        sub: "alice",
        aud: CAST.gateway,
        client_id: "partner-desk",
        scope: "orders:read refunds:write",
        iat: now,
        exp: now + 60,
        jti: crypto.randomUUID(),
        txn: "task-of-acme",
        tctx: { purpose: "customer-support/refund" },
        act: {
          sub: CAST.service,
          iss: "spiffe://acme.example",
          act: { sub: CAST.agent, iss: CAST.app, act: { sub: CAST.app, iss: CAST.issuer } },
        },
        ...claims,
      };
      const assertion = await sign(
        { alg: "EdDSA", typ: "oauth-id-jag+jwt", kid: "partner-1" },
        grant,
        await keyNamed("partner-idp"),
      );
      const form = { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion, audience: CAST.gateway };
      return post(world, "/oauth/token", form, basic("partner-desk"));
    };
    test("whatever it calls them: every name is recorded under the partner", async () => {
      const { access_token: token } = await grantedBy(await redeem());
      const { act, ...claims } = decodeJwt(token) as { act: ActClaim };
      expect(claims).toMatchObject({
        sub_id: { format: "iss_sub", iss: PARTNER_IDP, sub: "alice" },
        txn_by: { iss: PARTNER_IDP, sub: PARTNER_IDP },
        purpose_by: { iss: PARTNER_IDP, sub: PARTNER_IDP },
        act_proof: ["stated", "stated", "stated", "registered"],
      });
      // What it says of names that are others' is its own word, and stays apart from theirs.
      expect(readActors(act)).toEqual([
        { iss: PARTNER_IDP, sub: `${CAST.issuer} ${CAST.app}` },
        { iss: PARTNER_IDP, sub: `${CAST.app} ${CAST.agent}` },
        { iss: PARTNER_IDP, sub: CAST.service },
        { iss: CAST.gateway, sub: "urn:acme:desk" },
      ]);
    });
    test("and what our people may do is denied to it", async () => {
      const { access_token: token } = await grantedBy(await redeem());
      const response = await call(world, { chain: token, headers: { authorization: `Bearer ${token}` } });
      expect(response.status).toBe(403);
    });
    test("with a key only with that key", async () => {
      const response = await redeem({ cnf: { jkt: (await keyNamed("agent")).thumbprint } });
      expect([response.status, await response.json()]).toMatchObject([400, { error: "invalid_dpop_proof" }]);
    });
    test("for the resource that it names alone", async () => {
      const response = await redeem({ resource: "https://elsewhere.example" });
      expect([response.status, await response.json()]).toMatchObject([400, { error: "invalid_target" }]);
    });
    test("once its subject was revoked", async () => {
      await revoke({ kind: "subject", issuer: PARTNER_IDP, sub: "peter" });
      const response = await redeem({ sub: "peter" });
      expect([response.status, await response.json()]).toMatchObject([400, { error: "invalid_grant" }]);
      expect((await redeem()).status).toBe(200);
    });
  });

  describe("people of two issuers are two people", () => {
    const partner = () =>
      rootOf({ claims: { iss: PARTNER_IDP }, header: { kid: "partner-1" }, signedBy: "partner-idp" });
    const through = async (root: string) => withHop(await withHop(root, toAgent), toService);
    test("to the upstream", async () => {
      const [ours, theirs] = [
        await claimsFor(await call(world, { chain: await serviceChain() })),
        await refusalOf(await call(world, { chain: await through(await partner()) })),
      ];
      expect(ours["sub_id"]).toEqual({ format: "iss_sub", iss: CAST.issuer, sub: "alice" });
      // The policy permits people of our own provider alone.
      expect(theirs.description).toContain("policy_denied");
    });
    test("after an exchange, and to a revocation", async () => {
      const token = async (root: string) =>
        decodeJwt((await grantedBy(await exchange(world, { subject_token: root }, basic("both")))).access_token);
      await register(world, { client_id: "both", actor: "urn:acme:both", aliases: ["both"] });
      const aud = ["both", CAST.gateway];
      const plain = { cnf: undefined, aud };
      const [a, b] = [
        await token(await rootOf({ claims: { ...plain, sub: "pat" } })),
        await token(
          await rootOf({
            claims: { ...plain, iss: PARTNER_IDP, sub: "pat" },
            header: { kid: "partner-1" },
            signedBy: "partner-idp",
          }),
        ),
      ].map((claims) => claims["sub_id"]);
      expect([a, b]).toEqual([
        { format: "iss_sub", iss: CAST.issuer, sub: "pat" },
        { format: "iss_sub", iss: PARTNER_IDP, sub: "pat" },
      ]);
      await revoke({ kind: "subject", issuer: PARTNER_IDP, sub: "alice" });
      expect((await call(world, { chain: await serviceChain() })).status).toBe(200);
      expect(await ruleOf(await call(world, { chain: await through(await partner()) }))).toBe("revoked");
    });
  });
}
