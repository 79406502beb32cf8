/** Names that are borrowed, told, or lose their authority on the way: what each attack meets at the running gateway. */
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askConsole, startSession } from "../../cli/people.ts";
import { type ActClaim, readActors } from "../../worker/chain/act.ts";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { CAST, keyNamed, sign } from "../vectors/craft.ts";
import { type HopOptions, nameOf, rootOf, toAgent, toService, withHop, witOf } from "./chains.ts";
import {
  ADMIN_TOKEN,
  admin,
  call,
  ledgerOf,
  nowSeconds,
  recordsOf,
  refusalOf,
  seenBy,
  startWorld,
  taskOf,
  type World,
} from "./harness.ts";
import {
  AGENT,
  basic,
  exchange,
  grantedBy,
  ORDERS,
  personToken,
  post,
  REFUNDS,
  register,
  registerCast,
  TYPE,
} from "./oauth.ts";

const PARTNER_IDP = "https://idp.partner.example";
const PEOPLE = "https://people.acme.example";
const remote = () => ({ gateway: world.url, adminToken: ADMIN_TOKEN });

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await registerCast(world);
});
afterAll(() => world.stop());

const agentChain = async (claims: Record<string, unknown> = {}): Promise<string> =>
  withHop(await rootOf({ claims }), toAgent);
const serviceChain = async (claims: Record<string, unknown> = {}): Promise<string> =>
  withHop(await agentChain(claims), toService);
const claimsFor = async (response: Response): Promise<Record<string, unknown>> =>
  decodeJwt(String((await seenBy(response)).headers["authorization"]).replace("Bearer ", ""));
const ruleOf = async (response: Response): Promise<string | undefined> =>
  /(\w+)\)$/.exec((await refusalOf(response)).description)?.[1];
const revoke = (body: object): Promise<Response> => admin(world, "revocations", { reason: "test", ...body });

describe("a name over a key that is not its own (finding 1)", () => {
  const mallory = { ...toService, key: "mallory" };
  test("is refused, with the hop that tells it", async () => {
    const chain = await withHop(await agentChain(), mallory);
    const refusal = await refusalOf(
      await call(world, { method: "POST", path: "/refunds", chain, key: await keyNamed("mallory"), body: "{}" }),
    );
    expect(refusal).toMatchObject({ status: 401, error: "invalid_token" });
    expect(refusal.description).toContain("hop 2: ");
    expect(refusal.description).toContain("actor_unproven");
  });
  test("is refused in the middle of a chain", async () => {
    const chain = await withHop(await withHop(await agentChain(), mallory), {
      ...{ from: CAST.service, by: "mallory", to: CAST.agent, key: "agent" },
    });
    expect((await refusalOf(await call(world, { chain, key: await keyNamed("agent") }))).description).toContain(
      "hop 2: ",
    );
  });
  test("is another principal to the policies where a route takes the delegator's word", async () => {
    const txn = `task-${crypto.randomUUID()}`;
    const chain = await withHop(await agentChain({ txn }), mallory);
    const response = await call(world, { path: "/told/17", chain, key: await keyNamed("mallory") });
    expect(await ruleOf(response)).toBe("policy_denied");
    const [record] = (await recordsOf(world, txn, 1)) as AuditRecord[];
    expect(record?.decision?.question.request.principal).toEqual({
      type: "ToldWorkload",
      id: `${CAST.agent} ${CAST.service}`,
    });
    expect(record?.decision?.question.request.context).toMatchObject({
      actors: [CAST.app, CAST.agent],
      told: [`${CAST.agent} ${CAST.service}`],
    });
    expect(record?.chain?.actors.at(-1)).toEqual({ iss: `told by ${CAST.agent}`, sub: CAST.service, proof: "told" });
  });
  test("does not spend the budget, or share the revocation, of who owns the name", async () => {
    const chain = await withHop(await agentChain(), mallory);
    expect((await call(world, { path: "/told/17", chain, key: await keyNamed("mallory") })).status).toBe(403);
    expect((await call(world, { chain: await serviceChain() })).status).toBe(200);
  });
});

describe("a name is proven", () => {
  test("by the registry, a token of its trust domain, or by being below the delegator's", async () => {
    const attested = "spiffe://acme.example/services/attested";
    const key = await keyNamed("attested");
    const chain = await withHop(
      await withHop(await agentChain(), {
        ...toService,
        to: attested,
        key: "attested",
        header: { wit: await witOf(attested, key) },
      }),
      { from: attested, by: "attested", to: `${attested}/run-42`, key: "run" },
    );
    const txn = String(decodeJwt(chain.split("~")[0] as string)["txn"]);
    await call(world, { chain, key: await keyNamed("run") });
    const [record] = (await recordsOf(world, txn, 1)) as AuditRecord[];
    expect(record?.chain?.actors.map(({ sub, iss, proof }) => [sub, iss, proof])).toEqual([
      [CAST.app, CAST.app, "registered"],
      [CAST.agent, "spiffe://acme.example", "registered"],
      [attested, "spiffe://acme.example", "attested"],
      [`${attested}/run-42`, "spiffe://acme.example", "child"],
    ]);
  });

  const wits: [string, string, () => Promise<string>][] = [
    ["for another name", "wit_mismatch", async () => witOf("spiffe://acme.example/other", await keyNamed("mallory"))],
    ["for another key", "wit_mismatch", async () => witOf(CAST.service, await keyNamed("service"))],
    ["that has expired", "wit_mismatch", async () => witOf(CAST.service, await keyNamed("mallory"), { exp: 1000 })],
    [
      "signed by the attacker",
      "actor_unproven",
      async () => witOf(CAST.service, await keyNamed("mallory"), {}, "mallory"),
    ],
    ["that is no token", "wit_malformed", async () => "garbage"],
    ["that is a root of the trust domain's", "wit_malformed", () => rootOf()],
  ];
  test.each(wits)("not by a Workload Identity Token %s", async (_, rule, wit) => {
    const chain = await withHop(await agentChain(), { ...toService, key: "mallory", header: { wit: await wit() } });
    expect(await ruleOf(await call(world, { chain, key: await keyNamed("mallory") }))).toBe(rule);
  });

  test.each([
    ["beside the delegator's", "spiffe://acme.example/agents/support-2"],
    ["above the delegator's", "spiffe://acme.example/agents"],
    ["that climbs out of the delegator's", `${CAST.agent}/../../services/refunds`],
    ["of the delegator's with an empty segment", `${CAST.agent}//x`],
    ["of the delegator's with a query", `${CAST.agent}/x?y`],
    ["of the delegator's in another case", CAST.agent.toUpperCase()],
  ])("not by a name %s", async (_, to) => {
    const chain = await withHop(await agentChain(), { ...toService, to, key: "mallory" });
    expect((await call(world, { chain, key: await keyNamed("mallory") })).status).toBe(401);
  });

  test("not below a name that was told", async () => {
    const told: HopOptions = { ...toService, key: "mallory" };
    const below = { from: CAST.service, by: "mallory", to: `${CAST.service}/run`, key: "run" };
    const chain = await withHop(await withHop(await agentChain(), told), below);
    const response = await call(world, { path: "/told/17", chain, key: await keyNamed("run") });
    expect(await ruleOf(response)).toBe("policy_denied");
    const txn = String(decodeJwt(chain.split("~")[0] as string)["txn"]);
    const [record] = (await recordsOf(world, txn, 1)) as AuditRecord[];
    expect(record?.chain?.actors.map(({ proof }) => proof)).toEqual(["registered", "registered", "told", "told"]);
  });
});

describe("a client's credential is made for that alone (findings 2, 18)", () => {
  const NIGHTLY = "spiffe://acme.example/jobs/batch";
  const svid = async (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}) => {
    const now = nowSeconds();
    const all = {
      iss: "https://spire.acme.example",
      sub: NIGHTLY,
      aud: [CAST.gateway],
      iat: now,
      exp: now + 60,
      ...claims,
    };
    const plain = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    return sign({ alg: "EdDSA", typ: "JWT", kid: "idp-1", ...header }, plain, await keyNamed("idp"));
  };
  const assert = (assertion: string, type = "jwt-spiffe") =>
    post(
      world,
      "/oauth/token",
      {
        grant_type: "client_credentials",
        audience: ORDERS,
        client_assertion_type: `urn:ietf:params:oauth:client-assertion-type:${type}`,
        client_assertion: assertion,
      },
      {},
    );
  const refused = async (response: Response): Promise<void> => {
    expect([response.status, await response.json()]).toMatchObject([401, { error: "invalid_client" }]);
  };
  beforeAll(async () => {
    await register(world, { client_id: NIGHTLY, actor: NIGHTLY, auth_method: "spiffe_jwt", secret_hashes: [] });
    const { jwk } = await keyNamed("assertion");
    await register(world, {
      client_id: "https://signer.example",
      actor: "https://signer.example",
      auth_method: "private_key_jwt",
      keys: [{ ...jwk, kid: "k" }],
    });
  });

  test("an SVID of the trust domain, with or without `iss`, is good once", async () => {
    const one = await svid();
    expect((await assert(one)).status).toBe(200);
    await refused(await assert(one));
    expect((await assert(await svid({ iss: undefined, jti: "2" }))).status).toBe(200);
  });
  test("a root of a chain, an access token of the workload, is refused", async () => {
    const claims = { sub: NIGHTLY, client_id: undefined, aud: [CAST.gateway], exp: nowSeconds() + 60 };
    await refused(await assert(await rootOf({ claims: { ...claims, iss: CAST.issuer } })));
    await refused(await assert(await svid({}, { typ: "at+jwt" })));
  });
  test("an SVID of another issuer, audience or lifetime is refused", async () => {
    await refused(await assert(await svid({ iss: CAST.issuer })));
    await refused(await assert(await svid({ aud: [CAST.gateway, "https://other.example"] })));
    await refused(await assert(await svid({ aud: ["https://gateway.acme.example/oauth/token"] })));
    await refused(await assert(await svid({ exp: nowSeconds() + 3600 })));
  });
  test("an SVID that is bound to a key needs a proof by that key", async () => {
    const bound = await svid({ cnf: { jwk: (await keyNamed("agent")).jwk } });
    const response = await assert(bound);
    expect([response.status, await response.json()]).toMatchObject([400, { error: "invalid_dpop_proof" }]);
  });
  test("a token of the gateway is refused", async () => {
    const token = await grantedBy(
      await post(world, "/oauth/token", { grant_type: "client_credentials", audience: CAST.gateway }),
    );
    await refused(await assert(token.access_token));
  });

  const assertion = async (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}) => {
    const now = nowSeconds();
    const id = "https://signer.example";
    const all = { iss: id, sub: id, aud: CAST.gateway, exp: now + 60, jti: crypto.randomUUID(), ...claims };
    return sign({ alg: "EdDSA", kid: "k", ...header }, all, await keyNamed("assertion"));
  };
  test("an assertion names the issuer identifier as its only audience, and a type of its own or none", async () => {
    expect((await assert(await assertion(), "jwt-bearer")).status).toBe(200);
    expect((await assert(await assertion({}, { typ: "client-authentication+jwt" }), "jwt-bearer")).status).toBe(200);
    for (const aud of [
      `${CAST.gateway}/oauth/token`,
      `${world.url}/oauth/token`,
      [CAST.gateway, "https://other.example"],
    ]) {
      await refused(await assert(await assertion({ aud }), "jwt-bearer"));
    }
    for (const typ of ["hop+jwt", "dpop+jwt", "at+jwt", "hop-envelope+jwt", "JWT"]) {
      await refused(await assert(await assertion({}, { typ }), "jwt-bearer"));
    }
  });
  test("a hop that the client signed for itself is refused", async () => {
    const root = await rootOf({
      claims: { client_id: "https://signer.example", cnf: { jwk: (await keyNamed("assertion")).jwk } },
    });
    const chain = await withHop(root, {
      from: "https://signer.example",
      by: "assertion",
      to: "https://signer.example",
      key: "assertion",
      claims: { exp: nowSeconds() + 60 },
    });
    await refused(await assert(chain.split("~")[1] as string, "jwt-bearer"));
  });
});

test("an actor token that the client has made itself does not give it another name (finding 19)", async () => {
  await register(world, { client_id: "relay", actor: "urn:acme:relay", actors: [CAST.service] });
  const root = await rootOf({
    claims: { client_id: "relay", aud: ["relay", CAST.gateway], cnf: { jwk: (await keyNamed("mallory")).jwk } },
  });
  const made = await withHop(root, { from: "relay", by: "mallory", to: CAST.service, key: "mallory" });
  const form = {
    actor_token: made,
    actor_token_type: TYPE.chain,
    subject_token: await personToken({ aud: "relay", txn: decodeJwt(root)["txn"] }),
  };
  const response = await exchange(world, form, basic("relay"));
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { error: "invalid_request", error_description: expect.stringContaining("not proven") },
  ]);
});

describe("a Txn-Token keeps everybody who acted (finding 4)", () => {
  const onward = async (token: string) =>
    exchange(world, { subject_token: token, subject_token_type: TYPE.txn, audience: REFUNDS }, basic("billing"));
  const received = async (chain: string): Promise<string> =>
    String(
      (await seenBy(await call(world, { method: "POST", path: "/refunds", chain, body: "{}" }))).headers["txn-token"],
    );
  beforeAll(() => register(world, { client_id: "billing", actor: "urn:acme:billing", aliases: ["acme.example"] }));

  test("through an exchange", async () => {
    const { access_token: token } = await grantedBy(await onward(await received(await serviceChain())));
    expect(decodeJwt(token)).toMatchObject({
      sub_id: { format: "iss_sub", iss: CAST.issuer, sub: "alice" },
      act: { sub: "urn:acme:billing", act: { sub: CAST.service, act: { sub: CAST.agent, act: { sub: CAST.app } } } },
      act_proof: ["registered", "registered", "registered", "registered"],
    });
  });
  test.each<[string, (chain: string) => object]>([
    ["leaf hop", (chain) => ({ kind: "hop", hash: nameOf(chain, 2) })],
    ["root", (chain) => ({ kind: "hop", hash: nameOf(chain, 0) })],
    ["task", (chain) => ({ kind: "task", task: taskOf(String(decodeJwt(chain.split("~")[0] as string)["txn"])) })],
    ["session", () => ({ kind: "session", issuer: CAST.issuer, sid: "s-txn" })],
  ])("and ends with its %s", async (_, revocation) => {
    const chain = await serviceChain({ sid: "s-txn" });
    const token = await received(chain);
    const derived = (await grantedBy(await onward(token))).access_token;
    expect((await revoke(revocation(chain))).status).toBe(200);
    expect((await onward(token)).status).toBe(400);
    const told = await post(world, "/oauth/introspect", { token: derived }, basic("billing"));
    expect(await told.json()).toEqual({ active: false });
  });
});

test("a token of the authorization server is of another type, and never for an upstream (finding 5)", async () => {
  const ask = (audience: string) => post(world, "/oauth/token", { grant_type: "client_credentials", audience });
  await register(world, {
    client_id: "support-agent",
    actor: AGENT,
    audiences: [ORDERS, REFUNDS, CAST.gateway, "https://orders.acme.example"],
  });
  expect(await (await ask("https://orders.acme.example")).json()).toMatchObject({ error: "invalid_target" });
  await registerCast(world);
  const { access_token: token } = await grantedBy(await ask(ORDERS));
  expect(JSON.parse(Buffer.from(token.split(".")[0] as string, "base64url").toString())).toMatchObject({
    typ: "at+jwt",
  });
  const upstreams = ["https://orders.acme.example", "https://payments.acme.example"];
  expect([decodeJwt(token).aud].flat().filter((aud) => upstreams.includes(String(aud)))).toEqual([]);
  const narrowed = String((await seenBy(await call(world, { chain: await serviceChain() }))).headers["authorization"]);
  expect(JSON.parse(Buffer.from(narrowed.slice(7).split(".")[0] as string, "base64url").toString())).toMatchObject({
    typ: "hop-narrowed+jwt",
  });
});

describe("the purpose that the root or its issuer states stands (finding 6)", () => {
  const person = { iss: PEOPLE, email: "olga@acme.example", client_id: CAST.app, txn: undefined };
  const withPurpose = async (root: Record<string, unknown>, tctx: Record<string, unknown> | undefined) =>
    withHop(await rootOf({ claims: { ...person, tctx: undefined, ...root } }), {
      ...toAgent,
      claims: { scope: "orders:read", ...(tctx && { tctx }) },
    });
  const key = () => keyNamed("agent");
  test("against another one that a delegator states", async () => {
    const chain = await withPurpose({ reason: "marketing/statistics" }, { purpose: "customer-support/refund" });
    const refusal = await refusalOf(await call(world, { chain, key: await key() }));
    expect(refusal.description).toContain("hop 1: ");
    expect(refusal.description).toContain("task_context_changed");
  });
  test("and may be narrowed", async () => {
    const chain = await withPurpose({ reason: "customer-support" }, { purpose: "customer-support/refund" });
    await call(world, { chain, key: await key() });
    const [entry] = await ledgerOf(world, taskOf(`root:${nameOf(chain, 0)}`, PEOPLE), 1);
    expect(JSON.parse(entry?.record as string).chain).toMatchObject({
      purpose: "customer-support/refund",
      purposeBy: { iss: PEOPLE, sub: PEOPLE },
    });
  });
  test("while policies see who stated one that the root does not name", async () => {
    const chain = await withPurpose({}, { purpose: "customer-support/refund" });
    await call(world, { chain, key: await key() });
    const [entry] = await ledgerOf(world, taskOf(`root:${nameOf(chain, 0)}`, PEOPLE), 1);
    expect(JSON.parse(entry?.record as string).decision.question.request.context).toMatchObject({
      purpose: "customer-support/refund",
      purposeBy: { authority: CAST.app, name: CAST.app },
    });
  });
  test("also against what a client says of its request", async () => {
    const token = await personToken({ tctx: undefined });
    const form = {
      subject_token: token,
      requested_token_type: TYPE.txn,
      request_details: '{"purpose":"customer-support/i-say-so","a":1}',
    };
    const granted = await grantedBy(await exchange(world, form));
    expect(decodeJwt(granted.access_token)["tctx"]).toEqual({ a: 1 });
    expect(decodeJwt(granted.access_token)).not.toHaveProperty("purpose_by");
  });
});

describe("nobody approves what is done for themselves (finding 7)", () => {
  const asked = async (chain: string, key: string) => {
    const answer = await call(world, { path: "/exports/orders", chain, key: await keyNamed(key) });
    return ((await answer.json()) as { approval: { id: string } }).approval.id;
  };
  const approve = async (id: string, name: string, issuer?: string): Promise<unknown> => {
    const session = await startSession(remote(), { name, groups: ["data-protection"], issuer });
    return askConsole(remote(), session, `approvals/${id}`, {
      decision: "approve",
      group: "data-protection",
      comment: "",
    });
  };
  const own = "nobody approves what is done for themselves";

  test("directly", async () => {
    const id = await asked(await agentChain(), "agent");
    await expect(approve(id, "alice")).rejects.toThrow(own);
    expect(await approve(id, "dora")).toMatchObject({ status: "approved" });
  });
  test("through a token exchange", async () => {
    const { DPoP, token } = await boundExchange(await personToken());
    void DPoP;
    const id = await asked(token, "agent");
    await expect(approve(id, "alice")).rejects.toThrow(own);
  });
  test("under another name that the issuer knows them by, whatever its case", async () => {
    const chain = await withHop(
      await rootOf({
        claims: { iss: PEOPLE, sub: "u-olga", email: "Olga@acme.example", reason: "customer-support", tctx: undefined },
      }),
      { ...toAgent, claims: { scope: "orders:read" } },
    );
    const id = await asked(chain, "agent");
    for (const name of ["u-olga", "Olga@acme.example", "olga@ACME.example"]) {
      await expect(approve(id, name, PEOPLE)).rejects.toThrow(own);
    }
    expect(await approve(id, "u-dora", PEOPLE)).toMatchObject({ status: "approved" });
  });
  test("where it cannot be decided who they are", async () => {
    const id = await asked(await agentChain(), "agent");
    await expect(approve(id, "alice", "https://elsewhere.example")).rejects.toThrow("cannot be decided");
  });
  test("nor what was revoked since then", async () => {
    const chain = await agentChain();
    const id = await asked(chain, "agent");
    await revoke({ kind: "hop", hash: nameOf(chain, 1) });
    await expect(approve(id, "dora")).rejects.toThrow("revoked");
  });

  /** An exchange by a client that proves the agent's key. */
  async function boundExchange(subject: string): Promise<{ token: string; DPoP: string }> {
    const url = `${world.url}/oauth/token`;
    const proof = async (nonce?: string): Promise<string> => {
      const key = await keyNamed("agent");
      const claims = { htm: "POST", htu: url, iat: nowSeconds(), jti: crypto.randomUUID(), ...(nonce && { nonce }) };
      return sign({ alg: "EdDSA", typ: "dpop+jwt", jwk: key.jwk }, claims, key);
    };
    const ask = async (nonce?: string) =>
      exchange(
        world,
        { subject_token: subject, audience: CAST.gateway },
        { ...basic("support-agent"), dpop: await proof(nonce) },
      );
    const nonce = (await ask()).headers.get("dpop-nonce") ?? undefined;
    return { token: (await grantedBy(await ask(nonce))).access_token, DPoP: "" };
  }
});

describe("security events reach people by every name that they have (finding 8)", () => {
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

describe("a partner's grant cannot name parties of ours (finding 9)", () => {
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
  test("whatever it calls them: all stand under the partner", async () => {
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
  test("and nobody of ours is judged by it", async () => {
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

describe("people of two issuers are two people (finding 10)", () => {
  const partner = () => rootOf({ claims: { iss: PARTNER_IDP }, header: { kid: "partner-1" }, signedBy: "partner-idp" });
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

test("a hop is named by what was signed: another form of an ECDSA signature changes nothing (finding 15)", async () => {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  world.upstream.jwks.set("rotating.json", {
    keys: [{ ...(await exportJWK(publicKey)), kid: "es", alg: "ES256", use: "sig" }],
  });
  const claims = decodeJwt(await rootOf({ claims: { iss: "https://rotating.acme.example", txn: undefined } }));
  const root = await new SignJWT(claims)
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "es" })
    .sign(privateKey);
  const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const [header, payload, signature] = root.split(".") as [string, string, string];
  const bytes = Buffer.from(signature, "base64url");
  const s = BigInt(`0x${bytes.subarray(32).toString("hex")}`);
  const other = Buffer.concat([bytes.subarray(0, 32), Buffer.from((ORDER - s).toString(16).padStart(64, "0"), "hex")]);
  const flipped = [header, payload, other.toString("base64url")].join(".");
  const key = await keyNamed("app");
  const denied = await refusalOf(await call(world, { chain: root, key }));
  expect(denied.description).not.toContain("signature_invalid");
  await revoke({ kind: "hop", hash: nameOf(root, 0) });
  expect(await ruleOf(await call(world, { chain: root, key }))).toBe("revoked");
  expect(await ruleOf(await call(world, { chain: flipped, key }))).toBe("revoked");
  const further = await withHop(flipped, toAgent);
  expect(await ruleOf(await call(world, { chain: further, key: await keyNamed("agent") }))).toBe("revoked");
});

describe("a task is who introduced it, and the `txn` that they gave it (finding 17)", () => {
  test("so that nobody ends or fills another's by its `txn`", async () => {
    const txn = `task-${crypto.randomUUID()}`;
    const victim = await serviceChain({ txn });
    expect((await call(world, { chain: victim })).status).toBe(200);
    // Mallory has a root of her own, and names the victim's task in her hop.
    await register(world, { client_id: "mallory", actor: "https://mallory.example" });
    const root = await rootOf({
      claims: {
        sub: "mallory",
        client_id: "mallory",
        txn: undefined,
        tctx: undefined,
        cnf: { jwk: (await keyNamed("mallory")).jwk },
      },
    });
    const chain = await withHop(root, {
      from: "mallory",
      by: "mallory",
      to: "https://mallory.example/x",
      key: "mallory",
      claims: { txn },
    });
    const ended = await post(world, `/oauth/tasks/${txn}/end`, { token: chain }, basic("mallory"));
    expect(ended.status).toBe(200);
    expect((await call(world, { chain: victim })).status).toBe(200);
    const records = await recordsOf(world, txn, 2);
    expect(records.map((record) => "act" in record || record.status)).toEqual([200, 200]);
  });
  test.each(["gateway:2026-11-25", "root:x"])("and %s is nobody's to give", async (txn) => {
    const chain = await withHop(await rootOf({ claims: { txn: undefined } }), { ...toAgent, claims: { txn } });
    expect(await ruleOf(await call(world, { chain, key: await keyNamed("agent") }))).toBe("txn_reserved");
  });
  test("and keeps its identity through an exchange", async () => {
    const txn = `task-${crypto.randomUUID()}`;
    const { access_token: token } = await grantedBy(
      await exchange(world, { subject_token: await personToken({ txn }), audience: REFUNDS }),
    );
    expect(decodeJwt(token)).toMatchObject({ txn, txn_by: { iss: CAST.issuer, sub: CAST.issuer } });
    await revoke({ kind: "task", task: taskOf(txn) });
    expect((await exchange(world, { subject_token: token }, basic("refund-service"))).status).toBe(400);
  });
});

test("the age of a task counts from the first root, through exchanges (finding 31)", async () => {
  await register(world, { client_id: "quick", actor: "urn:acme:quick", aliases: [REFUNDS], max_task_seconds: 60 });
  const old = await personToken({ iat: nowSeconds() - 3000 });
  const { access_token: token } = await grantedBy(await exchange(world, { subject_token: old, audience: REFUNDS }));
  const response = await exchange(world, { subject_token: token }, basic("quick"));
  expect(await response.json()).toMatchObject({ error_description: expect.stringContaining("nothing is left") });
});

describe("a name that headers cannot carry is refused (finding 34)", () => {
  test.each<[string, Record<string, unknown>]>([
    ["control characters in `act`", { act: { sub: "\u00061dmin" } }],
    ["a line break in `act`", { act: { sub: "a\nb" } }],
    ["an empty name in `act`", { act: { sub: "" } }],
    ["a name of 2,000 bytes in `act`", { act: { sub: "x".repeat(2000) } }],
    ["a control character deeper in `act`", { act: { sub: "a", act: { sub: "b\u0001" } } }],
    ["`act` that ends in null", { act: { sub: "a", act: null } }],
    ["an issuer in `act` that is no text", { act: { sub: "a", iss: 7 } }],
    ["control characters in the subject", { sub: "al\u0007ice" }],
  ])("%s", async (_, claims) => {
    const response = await call(world, { chain: await rootOf({ claims }), key: await keyNamed("app") });
    expect([response.status, (await refusalOf(response)).description]).toEqual([
      401,
      expect.stringMatching(/claim_(type|size)/),
    ]);
  });
  test.each<[string, unknown]>([
    ["that is missing", undefined],
    ["that is empty", ""],
    ["that is no text", 7],
    ["with control characters", "\u00061dmin@acme.example"],
    ["of 2,000 bytes", "x".repeat(2000)],
  ])("a mapped claim %s", async (_, email) => {
    const chain = await rootOf({ claims: { iss: PEOPLE, email } });
    const refusal = await refusalOf(await call(world, { chain, key: await keyNamed("app") }));
    expect(refusal.description).toContain("root_refused");
  });
});

describe("who was revoked gets nothing new", () => {
  test.each<[string, object]>([
    ["actor", { kind: "actor", authority: CAST.gateway, name: "urn:acme:gone" }],
    ["client", { kind: "client", issuer: CAST.gateway, client_id: "gone" }],
  ])("as an %s: no token", async (_, revocation) => {
    const id = crypto.randomUUID();
    const named = JSON.parse(JSON.stringify(revocation).replaceAll("gone", `gone-${id}`)) as object;
    await register(world, { client_id: `gone-${id}`, actor: `urn:acme:gone-${id}` });
    const ask = () =>
      post(world, "/oauth/token", { grant_type: "client_credentials", audience: CAST.gateway }, basic(`gone-${id}`));
    expect((await ask()).status).toBe(200);
    await revoke(named);
    expect([(await ask()).status, await (await ask()).json()]).toMatchObject([400, { error: "invalid_grant" }]);
  });
});
