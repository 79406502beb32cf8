/** Txn-Tokens for subjects that a client states in a JWT of its own, and for which reasons such a JWT is refused. */
import { decodeJwt } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { CAST, keyNamed, sign, signHs256 } from "../vectors/craft.ts";
import { admin, call, ledgerOf, nowSeconds, recordsOf, taskOf } from "./harness.ts";
import { basic, exchange, grantedBy, ORDERS, personToken, post, register, TYPE } from "./oauth.ts";
import {
  ask,
  type Change,
  NIGHTLY,
  registerSigners,
  SELF_SIGNED,
  selfSigned,
  txnToken,
  verified,
  world,
} from "./self-signed/given.ts";

const ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

beforeAll(registerSigners);

describe("a subject that the client states", () => {
  test("is in a Txn-Token under the name of the client that states it, and is recorded with it", async () => {
    const granted = await grantedBy(await ask(await selfSigned(), { request_details: JSON.stringify({ order: 17 }) }));
    expect(granted).toMatchObject({ issued_token_type: TYPE.txn, token_type: "N_A", scope: "orders:read" });
    const claims = await verified(granted.access_token, "txntoken+jwt");
    expect(claims).toMatchObject({
      aud: "acme.example",
      sub: `${NIGHTLY} customer-17`,
      sub_id: { format: "iss_sub", iss: CAST.gateway, sub: `${NIGHTLY} customer-17` },
      act: { sub: NIGHTLY },
      req_wl: NIGHTLY,
      tctx: { order: 17, purpose: "customer-support" },
    });
    const [entry] = await ledgerOf(world, taskOf(claims["txn"] as string, CAST.gateway), 1);
    expect(JSON.parse(entry?.record as string)).toMatchObject({
      act: "issued",
      about: { subject: { sub: `${NIGHTLY} customer-17` }, client: "nightly" },
    });
  });

  test("may be the client itself, by its own name", async () => {
    for (const sub of [NIGHTLY, "nightly"]) {
      const { claims } = await txnToken({ claims: { sub, iss: "nightly" } });
      expect(claims).toMatchObject({ sub: NIGHTLY, sub_id: { iss: "spiffe://acme.example", sub: NIGHTLY } });
    }
  });

  test("is the client's after an exchange too, and is never a person of the same name", async () => {
    const { access_token, claims } = await txnToken({ claims: { sub: "alice" } });
    expect(claims["sub"]).toBe(`${NIGHTLY} alice`);
    const further = { subject_token: access_token, subject_token_type: TYPE.txn, audience: ORDERS };
    const narrowed = await grantedBy(await exchange(world, further, basic("nightly")));
    expect(await verified(narrowed.access_token)).toMatchObject({
      sub: `${NIGHTLY} alice`,
      sub_id: { iss: CAST.gateway, sub: `${NIGHTLY} alice` },
    });
  });

  test("is never a workload's name or another issuer's, however it is written", async () => {
    const { claims } = await txnToken({ claims: { sub: "https://app.acme.example/admin" } });
    expect(claims["sub"]).toBe(`${NIGHTLY} https://app.acme.example/admin`);
  });

  test("is marked for policies: the gateway vouches for nobody in the chain", async () => {
    const { access_token, claims } = await txnToken();
    const further = { subject_token: access_token, subject_token_type: TYPE.txn, audience: CAST.gateway };
    const { access_token: chain } = await grantedBy(await exchange(world, further, basic("nightly")));
    const answer = await call(world, { chain, headers: { authorization: `Bearer ${chain}`, dpop: "" } });
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining("policy_denied")]);
    const records = (await recordsOf(world, taskOf(claims["txn"] as string, CAST.gateway), 3)) as AuditRecord[];
    const context = records.flatMap(({ decision }) => decision?.question.request.context ?? []);
    expect(context).toMatchObject([
      {
        subject: { id: `${NIGHTLY} customer-17`, issuer: CAST.gateway },
        told: [`${CAST.gateway} ${NIGHTLY} customer-17`],
        actors: [NIGHTLY],
        authorities: ["spiffe://acme.example"],
        trustDomains: ["acme.example"],
      },
    ]);
  });

  test("is refused if the client has the name of an issuer or of the gateway", async () => {
    for (const actor of [CAST.issuer, CAST.gateway, "spiffe://acme.example"]) {
      const { kty, crv, x } = (await keyNamed("nightly")).jwk as Record<string, string>;
      const names = { client_id: `as ${actor}`.replace(" ", ":"), actor, keys: [{ kty, crv, x }] };
      const registered = await register(world, { ...names, self_signed_subjects: ["alice"] });
      expect([registered.ok, await registered.text()]).toEqual([true, expect.anything()]);
      const token = await selfSigned({ claims: { iss: actor, sub: "alice" } });
      const answer = await ask(token, {}, names.client_id);
      expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining("name of an issuer")]);
    }
  });

  test("is recorded with the audience that the token has, also if a resource is requested", async () => {
    const token = await selfSigned();
    const form: Record<string, string> = { resource: ORDERS, audience: ORDERS };
    const { access_token } = await grantedBy(await ask(token, form));
    const claims = await verified(access_token, "txntoken+jwt");
    const [entry] = await ledgerOf(world, taskOf(claims["txn"] as string, CAST.gateway), 1);
    expect([claims["aud"], JSON.parse(entry?.record as string).about.audience]).toEqual([
      "acme.example",
      "acme.example",
    ]);
  });

  test("is revoked as the client's subject", async () => {
    const { access_token } = await txnToken({ claims: { sub: "customer-gone" } });
    const further = { subject_token: access_token, subject_token_type: TYPE.txn, audience: ORDERS };
    expect((await exchange(world, further, basic("nightly"))).status).toBe(200);
    const name = { kind: "subject", issuer: CAST.gateway, sub: `${NIGHTLY} customer-gone`, reason: "test" };
    const revoked = await admin(world, "revocations", name);
    expect([revoked.ok, await revoked.text()]).toEqual([true, expect.anything()]);
    const refused = await exchange(world, further, basic("nightly"));
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("was revoked")]);
    expect((await ask(await selfSigned())).status).toBe(200);
  });

  test("has the scope of the JWT, if it has one, and expires with it", async () => {
    const exp = nowSeconds() + 100;
    const { claims } = await txnToken({ claims: { scope: "orders:read", exp } });
    expect(claims).toMatchObject({ scope: "orders:read", exp });
    const wider = await ask(await selfSigned({ claims: { scope: "orders:read" } }), { scope: "refunds:write" });
    expect([wider.status, await wider.json()]).toEqual([400, expect.objectContaining({ error: "invalid_scope" })]);
  });
});

describe("as a subject token is refused", () => {
  const late = () => nowSeconds() - 900;
  const changes: readonly [string, () => Change, string][] = [
    ["signed by another client's key", () => ({ signedBy: "weekly" }), "not a JWT signed with a key"],
    ["in the name of another client", () => ({ claims: { iss: "weekly" } }), "`iss`"],
    ["without an issuer", () => ({ claims: { iss: undefined } }), "`iss`"],
    ["without a subject", () => ({ claims: { sub: undefined } }), "`sub`"],
    ["for another server", () => ({ claims: { aud: "https://as.other.example" } }), "`aud`"],
    ["for this server and another", () => ({ claims: { aud: [CAST.gateway, "https://as.other.example"] } }), "`aud`"],
    ["without a time of issue", () => ({ claims: { iat: undefined } }), "`iat`"],
    ["without an end", () => ({ claims: { exp: undefined } }), "`exp`"],
    ["that has expired", () => ({ claims: { iat: late(), exp: late() + 60 } }), "is not valid"],
    ["that is old and has not expired", () => ({ claims: { iat: late() } }), "`iat`"],
    ["of the future", () => ({ claims: { iat: nowSeconds() + 600, exp: nowSeconds() + 700 } }), "`iat`"],
    ["good for longer than ten minutes", () => ({ claims: { exp: nowSeconds() + 7200 } }), "`exp`"],
    ["without a type", () => ({ header: { typ: undefined } }), "`typ`"],
    ["of the type of client assertions", () => ({ header: { typ: "client-authentication+jwt" } }), "`typ`"],
    ["of the type of hops", () => ({ header: { typ: "hop+jwt" } }), "`typ`"],
    ["whose subject the registration does not list", () => ({ claims: { sub: "bob" } }), "may not state this subject"],
    ["whose subject is only like a listed one", () => ({ claims: { sub: "alice2" } }), "may not state this subject"],
    ["whose subject has an authority before it", () => ({ claims: { sub: `${CAST.issuer} alice` } }), "without spaces"],
    ["whose subject is no text", () => ({ claims: { sub: ["alice"] } }), "`sub`"],
    ["whose subject is endless", () => ({ claims: { sub: `customer-${"1".repeat(600)}` } }), "`sub`"],
    ["whose scope is no text", () => ({ claims: { scope: ["orders:read"] } }), "`scope`"],
  ];
  test.each(changes)("a JWT %s", async (_, change, why) => {
    const answer = await ask(await selfSigned(change()));
    const { error, error_description: said } = (await answer.json()) as Record<string, string>;
    expect([answer.status, error, said]).toEqual([400, "invalid_request", expect.stringContaining(why)]);
  });

  test("a JWT by a shared secret, or by nobody", async () => {
    const claims = decodeJwt(await selfSigned()) as Record<string, unknown>;
    const key = new TextEncoder().encode((await keyNamed("nightly")).x);
    const unsigned = (await sign({ alg: "none", typ: "JWT" }, claims, await keyNamed("nightly"))).replace(/[^.]+$/, "");
    for (const token of [signHs256({ alg: "HS256", typ: "JWT" }, claims, key), unsigned, "", "a.b.c", "{}"]) {
      expect((await ask(token)).status).toBe(400);
    }
  });

  test("a person's token that is declared as self-signed, and a self-signed one that is declared otherwise", async () => {
    expect((await ask(await personToken({ client_id: "nightly", sub: "alice" }))).status).toBe(400);
    for (const subject_token_type of [TYPE.jwt, TYPE.id, TYPE.access, TYPE.txn]) {
      const answer = await ask(await selfSigned(), { subject_token_type });
      expect([answer.status, await answer.json()]).toEqual([
        400,
        expect.objectContaining({ error: "invalid_request" }),
      ]);
    }
  });

  test("what is not signed at all, with the type that is accepted", async () => {
    const subject_token_type = "urn:ietf:params:oauth:token-type:unsigned_json";
    const answer = await ask(JSON.stringify({ sub: "alice" }), { subject_token_type });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { error: "invalid_request", error_description: expect.stringContaining(SELF_SIGNED) },
    ]);
  });

  test("a JWT of a client whose registration lists no subject", async () => {
    const token = await selfSigned({ claims: { iss: "weekly" }, signedBy: "weekly" });
    const answer = await ask(token, {}, "weekly");
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining("self_signed_subjects")]);
  });

  test("another token than a Txn-Token, another domain, an actor's token, and a workflow", async () => {
    for (const [form, error] of [
      [{ requested_token_type: TYPE.access, audience: ORDERS }, "invalid_request"],
      [{ requested_token_type: TYPE.jwt, audience: ORDERS }, "invalid_request"],
      [{ audience: "other.example" }, "invalid_target"],
      [{ actor_token: await selfSigned(), actor_token_type: SELF_SIGNED }, "invalid_request"],
      [{ actor_chain_profile: "declared-full" }, "invalid_request"],
      [{ authorization_details: "[]" }, "invalid_authorization_details"],
      [{ scope: "payouts:write" }, "invalid_scope"],
      [{ request_context: "[]" }, "invalid_request"],
      [{ request_details: '{"purpose":"marketing"}' }, "invalid_request"],
    ] as const) {
      const answer = await ask(await selfSigned(), form as Record<string, string>);
      expect([form, answer.status, await answer.json()]).toEqual([form, 400, expect.objectContaining({ error })]);
    }
  });
});

describe("a self-signed JWT has no other use:", () => {
  test("it is not a client assertion, and a client assertion is not one", async () => {
    const claims = { iss: "signer", sub: "signer", jti: crypto.randomUUID() };
    const form = { grant_type: "client_credentials", audience: ORDERS, client_assertion_type: ASSERTION };
    const asAssertion = (token: string) => post(world, "/oauth/token", { ...form, client_assertion: token }, {});
    expect((await asAssertion(await selfSigned({ claims }))).status).toBe(401);
    const assertion = await selfSigned({ claims, header: { typ: undefined } });
    expect((await asAssertion(assertion)).status).toBe(200);
    const fresh = await selfSigned({ claims: { ...claims, jti: crypto.randomUUID() }, header: { typ: undefined } });
    const again = { ...claims, jti: crypto.randomUUID() };
    const subject_token = await selfSigned({ claims: again, header: { typ: undefined } });
    const body = { client_assertion: fresh, client_assertion_type: ASSERTION };
    const txn = { grant_type: "urn:ietf:params:oauth:grant-type:token-exchange", subject_token_type: SELF_SIGNED };
    const answer = await post(
      world,
      "/oauth/token",
      { ...body, ...txn, subject_token, requested_token_type: TYPE.txn, audience: "acme.example" },
      {},
    );
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining("`typ`")]);
  });

  test("it begins no chain at the gateway", async () => {
    const answer = await fetch(`${world.url}/orders/17`, {
      headers: { authorization: `Bearer ${await selfSigned()}` },
    });
    expect(answer.status).toBe(401);
  });

  test("a registration that lists subjects and has no key is refused", async () => {
    const keyless = { client_id: "keyless", actor: "urn:acme:keyless", self_signed_subjects: ["*"] };
    const answer = await register(world, keyless);
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining("self_signed_subjects")]);
  });
});
