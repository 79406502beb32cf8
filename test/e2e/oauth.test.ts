/** The authorization server, by a library that is not ours (oauth4webapi), with jose to check what is issued. */
import { decodeJwt } from "jose";
import * as oauth from "oauth4webapi";
import { beforeAll, describe, expect, test } from "vitest";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { CAST, craftChain, keyNamed, sign } from "../vectors/craft.ts";
import {
  call,
  ledgerOf,
  nowSeconds,
  recordsOf,
  refusalOf,
  seenBy,
  sharedWorld,
  taskOf,
  type World,
} from "./harness.ts";
import {
  AGENT,
  agent,
  agentAuth,
  basic,
  EXCHANGE,
  exchange,
  grantedBy,
  INSECURE,
  ORDERS,
  personToken,
  post,
  REFUNDS,
  register,
  SECRET,
  SERVICE,
  type Server,
  serverOf,
  TYPE,
} from "./oauth.ts";

let world: World;
let as: oauth.AuthorizationServer;
let verified: Server["verified"];
beforeAll(async () => {
  ({ world, as, verified } = await serverOf(await sharedWorld()));
});

async function exchangeByLibrary(
  client: oauth.Client,
  auth: oauth.ClientAuth,
  parameters: Record<string, string>,
  options = {},
) {
  const response = await oauth.genericTokenEndpointRequest(as, client, auth, EXCHANGE, parameters, {
    ...INSECURE,
    ...options,
  });
  return oauth.processGenericTokenEndpointResponse(as, client, response);
}

describe("metadata", () => {
  test("of the server (RFC 8414)", () => {
    expect(as).toMatchObject({
      issuer: CAST.gateway,
      token_endpoint: `${world.url}/oauth/token`,
      grant_types_supported: expect.arrayContaining(["client_credentials", EXCHANGE]),
    });
  });
  test("of each route as a resource (RFC 9728), where the challenge says", async () => {
    const { challenge } = await refusalOf(await fetch(`${world.url}/refunds`, { method: "POST" }));
    const [, where] = /resource_metadata="([^"]+)"/.exec(challenge as string) ?? [];
    expect(await (await fetch(where as string)).json()).toMatchObject({
      resource: `${world.url}/refunds`,
      authorization_servers: [CAST.gateway],
      scopes_supported: ["refunds:write"],
      dpop_bound_access_tokens_required: true,
    });
  });
});

describe("a workload's own root", () => {
  test("client credentials, bound by DPoP with the server's nonce, then delegated offline", async () => {
    const pair = await oauth.generateKeyPair("Ed25519", { extractable: true });
    const DPoP = oauth.DPoP(agent, pair);
    const ask = () =>
      oauth.clientCredentialsGrantRequest(as, agent, agentAuth, { resource: CAST.gateway }, { ...INSECURE, DPoP });
    const first = await oauth.processClientCredentialsResponse(as, agent, await ask()).catch((error: unknown) => error);
    expect(oauth.isDPoPNonceError(first)).toBe(true);
    const granted = await oauth.processClientCredentialsResponse(as, agent, await ask());
    expect(granted.token_type).toBe("dpop");
    const claims = await verified(granted.access_token);
    expect(claims).toMatchObject({
      sub: AGENT,
      act: { sub: AGENT },
      tctx: { purpose: "customer-support" },
      max_hops: 3,
    });

    // The key of the proof signs hop 1, for the refund service: no call to anyone.
    const service = await keyNamed("service");
    const { x } = (await crypto.subtle.exportKey("jwk", pair.publicKey)) as { x: string };
    const seed = Buffer.from(((await crypto.subtle.exportKey("jwk", pair.privateKey)) as { d: string }).d, "base64url");
    const hop = await sign(
      { alg: "EdDSA", typ: "hop+jwt", jwk: { kty: "OKP", crv: "Ed25519", x } },
      {
        iss: AGENT,
        sub: SERVICE,
        aud: CAST.gateway,
        scope: "orders:read",
        iat: nowSeconds() - 1,
        exp: nowSeconds() + 60,
        jti: crypto.randomUUID(),
        pth: Buffer.from(
          await crypto.subtle.digest("SHA-256", new TextEncoder().encode(granted.access_token)),
        ).toString("base64url"),
        cnf: { jwk: service.jwk },
      },
      { ...(await keyNamed("x")), seed },
    );
    const response = await call(world, { chain: `${granted.access_token}~${hop}`, key: service });
    // Verified and judged: the agent is no person, so nothing permits it, and the ledger knows the whole chain.
    expect((await refusalOf(response)).description).toContain("policy_denied");
    const [issued, entry] = await ledgerOf(world, taskOf(claims["txn"] as string, CAST.gateway), 2);
    expect(JSON.parse(issued?.record as string)).toMatchObject({
      act: "issued",
      by: { sub: AGENT },
      about: { grant: "client_credentials", jti: claims["jti"], subject: { sub: AGENT } },
    });
    expect(JSON.parse(entry?.record as string).chain.actors).toMatchObject([{ sub: AGENT }, { sub: SERVICE }]);
  });

  test.each([
    ["client_secret_post", oauth.ClientSecretPost(SECRET)],
    ["private_key_jwt", undefined],
  ])("authentication by %s", async (method, given) => {
    const pair = await oauth.generateKeyPair("Ed25519", { extractable: true });
    const jwk = { ...(await crypto.subtle.exportKey("jwk", pair.publicKey)), kid: "c1" };
    const [id, actor] = [`client-${method}`, `urn:acme:${method}`];
    const credential = method === "private_key_jwt" ? { keys: [jwk] } : {};
    expect((await register(world, { client_id: id, actor, auth_method: method, ...credential })).status).toBe(200);
    const client = { client_id: id };
    const auth = given ?? oauth.PrivateKeyJwt({ key: pair.privateKey, kid: "c1" });
    const response = await oauth.clientCredentialsGrantRequest(as, client, auth, { resource: ORDERS }, INSECURE);
    const granted = await oauth.processClientCredentialsResponse(as, client, response);
    expect(await verified(granted.access_token)).toMatchObject({ sub: actor, aud: ORDERS });
  });

  test("authentication by JWT-SVID", async () => {
    const id = "spiffe://acme.example/jobs/nightly";
    await register(world, { client_id: id, actor: id, auth_method: "spiffe_jwt", secret_hashes: [] });
    const now = nowSeconds();
    const svid = await sign(
      { alg: "EdDSA", typ: "JWT", kid: "idp-1" },
      { iss: "https://spire.acme.example", sub: id, aud: [CAST.gateway], exp: now + 60, iat: now - 1 },
      await keyNamed("idp"),
    );
    const form = {
      grant_type: "client_credentials",
      audience: ORDERS,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe",
    };
    const granted = await grantedBy(await post(world, "/oauth/token", { ...form, client_assertion: svid }, {}));
    expect(await verified(granted.access_token)).toMatchObject({ sub: id });
  });
});

describe("a person's token, an agent, a service", () => {
  test("act is true at every step; when the task ends, everything done under it stops", async () => {
    const txn = `task-${crypto.randomUUID()}`;
    const person = await sign(
      { alg: "EdDSA", typ: "JWT", kid: "idp-1" },
      {
        iss: "https://login.acme.example",
        sub: "alice",
        aud: "support-agent",
        iat: nowSeconds() - 5,
        exp: nowSeconds() + 600,
        jti: crypto.randomUUID(),
        txn,
        tctx: { purpose: "customer-support/refund" },
      },
      await keyNamed("idp"),
    );
    const forService = await exchangeByLibrary(agent, agentAuth, {
      subject_token: person,
      subject_token_type: TYPE.id,
      audience: REFUNDS,
    });
    expect(await verified(forService.access_token)).toMatchObject({
      sub: "alice",
      aud: REFUNDS,
      act: { sub: AGENT },
      txn,
    });

    const service: oauth.Client = { client_id: "refund-service" };
    const forOrders = await exchangeByLibrary(service, oauth.ClientSecretBasic(SECRET), {
      subject_token: forService.access_token,
      subject_token_type: TYPE.access,
      resource: ORDERS,
      scope: "refunds:write",
    });
    const claims = await verified(forOrders.access_token);
    expect(claims).toMatchObject({
      sub: "alice",
      aud: ORDERS,
      scope: "refunds:write",
      client_id: "refund-service",
      act: { sub: SERVICE, iss: "spiffe://acme.example", act: { sub: AGENT } },
      act_proof: ["stated", "registered", "registered"],
      sub_id: { format: "iss_sub", iss: "https://login.acme.example", sub: "alice" },
    });
    expect(claims.exp as number).toBeLessThanOrEqual(decodeJwt(forService.access_token).exp as number);

    // Introspection tells the audience's side; a stranger learns nothing.
    const introspect = async (client: oauth.Client, token: string) =>
      oauth.processIntrospectionResponse(
        as,
        client,
        await oauth.introspectionRequest(as, client, agentAuth, token, INSECURE),
      );
    expect(await introspect(service, forOrders.access_token)).toMatchObject({ active: true, sub: "alice", txn });

    const ended = await post(world, `/oauth/tasks/${txn}/end`, { token: forService.access_token });
    expect(ended.status).toBe(200);
    for (const [token, type, who] of [
      [person, TYPE.id, "support-agent"],
      [forService.access_token, TYPE.access, "refund-service"],
      [forOrders.access_token, TYPE.access, "refund-service"],
    ] as const) {
      const refused = await exchange(world, { subject_token: token, subject_token_type: type }, basic(who));
      expect([refused.status, await refused.json()]).toMatchObject([400, { error: "invalid_request" }]);
    }
    expect(await introspect(service, forOrders.access_token)).toEqual({ active: false });
  });

  test("the upstream sees the person, and the service with the agent inside", async () => {
    const dpopKey = await keyNamed("service");
    const forGateway = await exchangeWithKey(
      dpopKey,
      { subject_token: await personToken({ cnf: undefined }), audience: REFUNDS },
      "support-agent",
    );
    const token = await exchangeWithKey(
      dpopKey,
      { subject_token: forGateway, audience: CAST.gateway },
      "refund-service",
    );
    const seen = await seenBy(await call(world, { method: "POST", path: "/refunds", chain: token, key: dpopKey }));
    const [, narrowed] = (seen.headers["authorization"] as string).split(" ");
    expect(await verified(narrowed as string, "hop-narrowed+jwt")).toMatchObject({
      sub: "alice",
      aud: "https://orders.acme.example",
      act: { sub: SERVICE, act: { sub: AGENT } },
    });
  });

  test("an upstream continues from the Txn-Token that it received, in the same task", async () => {
    const aliases = ["acme.example"];
    await register(world, { client_id: "orders", actor: "https://orders.acme.example/service", aliases });
    const seen = await seenBy(await call(world, { method: "POST", path: "/refunds", body: "{}" }));
    const [, narrowed] = (seen.headers["authorization"] as string).split(" ") as [string, string];
    const received = seen.headers["txn-token"] as string;
    const granted = await grantedBy(
      await exchange(
        world,
        { subject_token: received, subject_token_type: TYPE.txn, audience: REFUNDS },
        basic("orders"),
      ),
    );
    expect(await verified(granted.access_token)).toMatchObject({
      sub: "alice",
      sub_id: { format: "iss_sub", iss: CAST.issuer, sub: "alice" },
      act: {
        sub: "https://orders.acme.example/service",
        act: { sub: SERVICE, act: { sub: AGENT, act: { sub: CAST.app } } },
      },
      txn: decodeJwt(narrowed)["txn"],
    });
    // But nobody comes back to the gateway, or to the token endpoint, with the token that was made for the upstream.
    const exchanged = await exchange(world, { subject_token: narrowed, audience: REFUNDS }, basic("orders"));
    expect([exchanged.status, await exchanged.json()]).toMatchObject([400, { error: "invalid_request" }]);
    const back = await refusalOf(
      await call(world, { chain: narrowed, headers: { authorization: `Bearer ${narrowed}`, dpop: "" } }),
    );
    expect(back.description).toContain("typ_forbidden");
  });

  test("a whole chain of hops is exchanged by its last delegate", async () => {
    const { chain } = await craftChain(nowSeconds());
    const key = await keyNamed("service");
    const token = await exchangeWithKey(
      key,
      { subject_token: chain, subject_token_type: TYPE.chain, audience: ORDERS },
      "refund-service",
    );
    expect(await verified(token)).toMatchObject({
      sub: "alice",
      act: { sub: SERVICE, act: { sub: AGENT, act: { sub: CAST.app } } },
    });
  });

  test("a Txn-Token with the contexts that were asked for", async () => {
    const granted = await grantedBy(
      await exchange(world, {
        subject_token: await personToken(),
        requested_token_type: TYPE.txn,
        request_context: JSON.stringify({ req_ip: "10.0.0.1" }),
        request_details: JSON.stringify({ order: 17 }),
      }),
    );
    expect(granted).toMatchObject({ issued_token_type: TYPE.txn, token_type: "N_A" });
    expect(await verified(granted.access_token, "txntoken+jwt")).toMatchObject({
      aud: "acme.example",
      sub: "alice",
      req_wl: AGENT,
      rctx: { req_ip: "10.0.0.1" },
      tctx: { order: 17, purpose: "customer-support/refund" },
    });
  });

  test("a Txn-Token for the trust domain by its name, and no other token for it", async () => {
    const form = { subject_token: await personToken(), audience: "acme.example" };
    const granted = await grantedBy(await exchange(world, { ...form, requested_token_type: TYPE.txn }));
    expect(await verified(granted.access_token, "txntoken+jwt")).toMatchObject({ aud: "acme.example", sub: "alice" });
    for (const change of [
      { requested_token_type: TYPE.access },
      { requested_token_type: TYPE.txn, audience: "other.example" },
      { requested_token_type: TYPE.txn, resource: ORDERS },
    ]) {
      const refused = await exchange(world, { ...form, ...change });
      expect([refused.status, await refused.json()]).toEqual([
        400,
        expect.objectContaining({ error: "invalid_target" }),
      ]);
    }
  });
});

/** An exchange whose token names this key. */
async function exchangeWithKey(
  key: Awaited<ReturnType<typeof keyNamed>>,
  form: Record<string, string>,
  who: string,
): Promise<string> {
  const nonce = (await post(world, "/oauth/token", {})).headers.get("dpop-nonce");
  const now = nowSeconds();
  const proof = await sign(
    { alg: "EdDSA", typ: "dpop+jwt", jwk: key.jwk },
    { htm: "POST", htu: `${world.url}/oauth/token`, iat: now, jti: crypto.randomUUID(), nonce },
    key,
  );
  return (await grantedBy(await exchange(world, form, { ...basic(who), dpop: proof }))).access_token;
}

test("introspection as a signed JWT (RFC 9701), verified by the library", async () => {
  const granted = await grantedBy(await exchange(world, { subject_token: await personToken() }));
  const client = { client_id: "support-agent", introspection_signed_response_alg: "EdDSA" };
  const response = await oauth.introspectionRequest(as, client, agentAuth, granted.access_token, {
    ...INSECURE,
    requestJwtResponse: true,
  });
  const told = await oauth.processIntrospectionResponse(as, client, response);
  expect(told).toMatchObject({ active: true, act: { sub: AGENT } });
});

test("an exchange is in the ledger of its task, granted or not", async () => {
  const txn = `task-${crypto.randomUUID()}`;
  const subject_token = await personToken({ txn });
  await grantedBy(await exchange(world, { subject_token }));
  expect((await exchange(world, { subject_token, scope: "payouts:write" })).status).toBe(400);
  const records = (await recordsOf(world, txn, 2)) as AuditRecord[];
  expect(records.map(({ outcome, status }) => [outcome, status])).toEqual([
    ["allowed", 200],
    ["denied", 400],
  ]);
  expect(records.find(({ outcome }) => outcome === "allowed")).toMatchObject({
    request: { route: "oauth/token" },
    token: { act: { sub: AGENT } },
  });
  expect(records.find(({ outcome }) => outcome === "denied")).toMatchObject({ rule: "invalid_scope" });
});
