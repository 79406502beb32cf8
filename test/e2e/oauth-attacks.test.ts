/** What an attacker asks the authorization server for, each over HTTP, with the error that RFC 6749 and RFC 8693 give it. */
import { beforeAll, expect, test } from "vitest";
import { CAST, craftChain, keyNamed, sign, signHs256 } from "../vectors/craft.ts";
import { nowSeconds, sharedWorld, type World } from "./harness.ts";
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
  SERVICE,
  TYPE,
} from "./oauth.ts";

let world: World;
beforeAll(async () => {
  world = await sharedWorld();
  await registerCast(world);
  const shallow = { client_id: "shallow", actor: "urn:acme:shallow", aliases: [REFUNDS], max_depth: 1 };
  const reader = {
    client_id: "reader",
    actor: "urn:acme:reader",
    aliases: ["support-agent"],
    scopes: ["orders:read"],
    audiences: [ORDERS],
  };
  const quick = { client_id: "quick", actor: "urn:acme:quick", aliases: ["support-agent"], max_task_seconds: 60 };
  const onlyExchange = {
    client_id: "only-exchange",
    actor: "urn:acme:only",
    grants: ["urn:ietf:params:oauth:grant-type:token-exchange"],
  };
  const pair = await keyNamed("assertion");
  const signer = {
    client_id: "signer",
    actor: "urn:acme:signer",
    auth_method: "private_key_jwt",
    keys: [{ ...pair.jwk, kid: "k" }],
  };
  for (const client of [shallow, reader, quick, onlyExchange, signer]) await register(world, client);
});

type Attack = () => Promise<Response>;
const service = basic("refund-service");
/** A token that the agent got for the refund service. */
async function forService(claims: Record<string, unknown> = {}): Promise<string> {
  return (await grantedBy(await exchange(world, { subject_token: await personToken(claims), audience: REFUNDS })))
    .access_token;
}
async function actorToken(claims: Record<string, unknown> = {}): Promise<string> {
  return personToken({
    sub: AGENT,
    client_id: AGENT,
    aud: "support-agent",
    txn: undefined,
    tctx: undefined,
    ...claims,
  });
}
async function assertion(claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): Promise<string> {
  const now = nowSeconds();
  const all = {
    iss: "signer",
    sub: "signer",
    aud: CAST.gateway,
    iat: now,
    exp: now + 60,
    jti: crypto.randomUUID(),
    ...claims,
  };
  return sign({ alg: "EdDSA", kid: "k", ...header }, all, await keyNamed("assertion"));
}
const byAssertion = (client_assertion: string): Promise<Response> =>
  post(
    world,
    "/oauth/token",
    {
      grant_type: "client_credentials",
      audience: ORDERS,
      client_assertion,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    },
    {},
  );

const ATTACKS: readonly (readonly [name: string, status: number, error: string, because: string, attack: Attack])[] = [
  [
    "splice: the subject of one task, the actor of another",
    400,
    "invalid_request",
    "belong to different tasks",
    async () =>
      exchange(world, {
        subject_token: await personToken(),
        actor_token: await actorToken({ txn: "task-of-another" }),
        actor_token_type: TYPE.access,
      }),
  ],
  [
    "an actor that is not the client's to be",
    400,
    "invalid_request",
    "the client may not be the actor",
    async () =>
      exchange(world, {
        subject_token: await personToken(),
        actor_token: await actorToken({ sub: SERVICE, client_id: SERVICE }),
        actor_token_type: TYPE.access,
      }),
  ],
  [
    "an actor token for another audience",
    400,
    "invalid_request",
    "`actor_token` is meant for another audience",
    async () =>
      exchange(world, {
        subject_token: await personToken(),
        actor_token: await actorToken({ aud: "https://elsewhere.example" }),
        actor_token_type: TYPE.access,
      }),
  ],
  [
    "a subject token for another audience",
    400,
    "invalid_request",
    "does not name this client",
    async () =>
      exchange(world, { subject_token: await personToken({ aud: "https://elsewhere.example", client_id: "someone" }) }),
  ],
  [
    "re-delegation by a stranger",
    400,
    "invalid_request",
    "does not name this client",
    async () => exchange(world, { subject_token: await personToken() }, service),
  ],
  [
    "subject and actor swapped",
    400,
    "invalid_request",
    "the client may not be the actor",
    async () =>
      exchange(world, {
        subject_token: await actorToken({ client_id: "x", aud: "x", txn: "t" }),
        actor_token: await personToken({ client_id: "alice", sub: "alice" }),
        actor_token_type: TYPE.access,
      }),
  ],
  [
    "an access token declared as an ID token",
    400,
    "invalid_request",
    "is not of the type that it is declared as",
    async () => exchange(world, { subject_token: await personToken(), subject_token_type: TYPE.id }),
  ],
  [
    "an ID token declared as an access token",
    400,
    "invalid_request",
    "is not of the type that it is declared as",
    async () =>
      exchange(world, {
        subject_token: await personToken({ iss: "https://login.acme.example" }, { header: { typ: "JWT" } }),
      }),
  ],
  [
    "a chain declared as a token",
    400,
    "invalid_request",
    "is not of the type that it is declared as",
    async () => exchange(world, { subject_token: (await craftChain(nowSeconds())).chain }, service),
  ],
  [
    "a type that nobody knows",
    400,
    "invalid_request",
    "`subject_token_type` is not supported",
    async () =>
      exchange(world, {
        subject_token: await personToken(),
        subject_token_type: "urn:ietf:params:oauth:token-type:saml2",
      }),
  ],
  ...["constructor", "__proto__", "toString"].map((name): (typeof ATTACKS)[number] => [
    `the type \`${name}\`, which every object has`,
    400,
    "invalid_request",
    "`subject_token_type` is not supported",
    async () => exchange(world, { subject_token: await personToken(), subject_token_type: name }),
  ]),
  [
    "no client authentication",
    401,
    "invalid_client",
    "the client is not authenticated",
    async () => exchange(world, { subject_token: await personToken() }, {}),
  ],
  [
    "a wrong secret",
    401,
    "invalid_client",
    "the client is not authenticated",
    async () => exchange(world, { subject_token: await personToken() }, basic("support-agent", "guess")),
  ],
  [
    "an unknown client",
    401,
    "invalid_client",
    "the client is not authenticated",
    async () => exchange(world, { subject_token: await personToken() }, basic("nobody")),
  ],
  [
    "authentication in two ways",
    400,
    "invalid_request",
    "in more than one way",
    async () => exchange(world, { subject_token: await personToken(), client_id: "support-agent", client_secret: "x" }),
  ],
  [
    "a refresh token requested",
    400,
    "invalid_request",
    "is not issued here",
    async () =>
      exchange(world, {
        subject_token: await personToken(),
        requested_token_type: "urn:ietf:params:oauth:token-type:refresh_token",
      }),
  ],
  [
    "the refresh grant",
    400,
    "unsupported_grant_type",
    "is not offered here",
    () => post(world, "/oauth/token", { grant_type: "refresh_token", refresh_token: "x" }),
  ],
  [
    "a grant that the client may not use",
    400,
    "unauthorized_client",
    "the client may not use this grant",
    () => post(world, "/oauth/token", { grant_type: "client_credentials", audience: ORDERS }, basic("only-exchange")),
  ],
  [
    "an audience that is not registered",
    400,
    "invalid_target",
    "for this target",
    async () => exchange(world, { subject_token: await personToken(), audience: "https://elsewhere.example" }),
  ],
  [
    "an audience that is another's",
    400,
    "invalid_target",
    "for this target",
    async () => exchange(world, { subject_token: await personToken(), audience: REFUNDS }, basic("reader")),
  ],
  [
    "an internal resource",
    400,
    "invalid_target",
    "for this target",
    async () =>
      exchange(world, { subject_token: await personToken(), audience: "", resource: "http://169.254.169.254/latest" }),
  ],
  [
    "audience and resource that differ",
    400,
    "invalid_target",
    "`audience` and `resource` differ",
    async () => exchange(world, { subject_token: await personToken(), resource: REFUNDS }),
  ],
  [
    "several audiences",
    400,
    "invalid_target",
    "a token has one audience",
    async () =>
      post(world, "/oauth/token", [
        ["grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"],
        ["subject_token", await personToken()],
        ["subject_token_type", TYPE.access],
        ["audience", ORDERS],
        ["audience", REFUNDS],
      ]),
  ],
  [
    "no audience, with several to choose from",
    400,
    "invalid_target",
    "must say what the token is for",
    async () => exchange(world, { subject_token: await personToken(), audience: "" }),
  ],
  [
    "a forged issuer",
    400,
    "invalid_request",
    "issuer_unknown",
    async () => exchange(world, { subject_token: await personToken({ iss: "https://idp.evil.example" }) }),
  ],
  [
    "a key that is not the issuer's",
    400,
    "invalid_request",
    "signature_invalid",
    async () => exchange(world, { subject_token: await personToken({}, { signedBy: "mallory" }) }),
  ],
  [
    "an expired subject",
    400,
    "invalid_request",
    "expired",
    async () => exchange(world, { subject_token: await personToken({ exp: nowSeconds() - 1 }) }),
  ],
  [
    "a subject without `aud`",
    400,
    "invalid_request",
    "claim_missing",
    async () => exchange(world, { subject_token: await personToken({ aud: undefined }) }),
  ],
  [
    "`may_act` for another",
    400,
    "invalid_request",
    "`may_act` of `subject_token` names another actor",
    async () => exchange(world, { subject_token: await personToken({ may_act: { sub: SERVICE } }) }),
  ],
  [
    "a wider scope than the token's",
    400,
    "invalid_scope",
    "client and token do not share",
    async () =>
      exchange(world, {
        subject_token: await personToken({ scope: "orders:read" }),
        scope: "orders:read refunds:write",
      }),
  ],
  [
    "a wider scope than the client's",
    400,
    "invalid_scope",
    "client and token do not share",
    async () => exchange(world, { subject_token: await personToken(), scope: "refunds:write" }, basic("reader")),
  ],
  [
    "a cycle: A -> B -> A",
    400,
    "invalid_request",
    "an actor may appear once",
    async () => {
      const back = await grantedBy(
        await exchange(world, { subject_token: await forService(), audience: CAST.gateway }, service),
      );
      await register(world, { client_id: "support-agent", actor: AGENT, aliases: [CAST.gateway] });
      const answer = await exchange(world, { subject_token: back.access_token });
      await register(world, { client_id: "support-agent", actor: AGENT });
      return answer;
    },
  ],
  [
    "more actors than the client may make of it",
    400,
    "invalid_request",
    "as many actors as it may have",
    async () => exchange(world, { subject_token: await forService() }, basic("shallow")),
  ],
  [
    "a chain that allows no further hop",
    400,
    "invalid_request",
    "as many actors as it may have",
    async () => exchange(world, { subject_token: await forService({ max_hops: 0 }) }, service),
  ],
  [
    "use after revocation",
    400,
    "invalid_request",
    "was revoked, or its task has ended",
    async () => {
      const token = await forService();
      await post(world, "/oauth/revoke", { token });
      return exchange(world, { subject_token: token }, service);
    },
  ],
  [
    "a task that is too old for the client",
    400,
    "invalid_request",
    "nothing is left of the life",
    async () => exchange(world, { subject_token: await personToken({ iat: nowSeconds() - 120 }) }, basic("quick")),
  ],
  [
    "a token of another type than any: a DPoP proof as a token",
    400,
    "invalid_request",
    "is not of the type that it is declared as",
    async () =>
      exchange(world, {
        subject_token: await personToken({}, { header: { typ: "dpop+jwt" } }),
        subject_token_type: TYPE.jwt,
      }),
  ],
  [
    "HS256 with the public key",
    400,
    "invalid_request",
    "alg_forbidden",
    async () => {
      const { x } = await keyNamed("idp");
      const token = signHs256(
        { alg: "HS256", typ: "at+jwt", kid: "idp-1" },
        {
          iss: CAST.issuer,
          sub: "alice",
          aud: "support-agent",
          client_id: "support-agent",
          scope: "orders:read",
          exp: nowSeconds() + 60,
        },
        Buffer.from(x, "base64url"),
      );
      return exchange(world, { subject_token: token });
    },
  ],
  [
    "`alg: none`",
    400,
    "invalid_request",
    "alg_forbidden",
    async () => {
      const [, claims] = (await personToken()).split(".");
      const header = Buffer.from(JSON.stringify({ alg: "none", typ: "at+jwt" })).toString("base64url");
      return exchange(world, { subject_token: `${header}.${claims}.AAAA` });
    },
  ],
  [
    "a `kid` that is a path",
    400,
    "invalid_request",
    "key_unknown",
    async () => exchange(world, { subject_token: await personToken({}, { header: { kid: "../../keys/none" } }) }),
  ],
  [
    "a key in the header",
    400,
    "invalid_request",
    "parameter_forbidden",
    async () =>
      exchange(world, {
        subject_token: await personToken({}, { header: { jwk: (await keyNamed("mallory")).jwk }, signedBy: "mallory" }),
      }),
  ],
  [
    "a bound token back as one that anybody can use",
    400,
    "invalid_dpop_proof",
    "must be bound to a key",
    async () =>
      exchange(world, { subject_token: await personToken({ cnf: { jkt: (await keyNamed("agent")).thumbprint } }) }),
  ],
  [
    "a replayed assertion",
    401,
    "invalid_client",
    "the client is not authenticated",
    async () => {
      const once = await assertion();
      if ((await byAssertion(once)).status !== 200) throw new Error("the assertion is not accepted at all");
      return byAssertion(once);
    },
  ],
  [
    "an assertion for another server",
    401,
    "invalid_client",
    "the client is not authenticated",
    async () => byAssertion(await assertion({ aud: "https://other.example" })),
  ],
  [
    "an assertion that lives too long",
    401,
    "invalid_client",
    "the client is not authenticated",
    async () => byAssertion(await assertion({ exp: nowSeconds() + 7200 })),
  ],
  [
    "an assertion about another",
    401,
    "invalid_client",
    "the client is not authenticated",
    async () => byAssertion(await assertion({ sub: "support-agent" })),
  ],
  [
    "an assertion without `jti`",
    401,
    "invalid_client",
    "the client is not authenticated",
    async () => byAssertion(await assertion({ jti: undefined })),
  ],
  [
    "no form",
    400,
    "invalid_request",
    "takes application/x-www-form-urlencoded",
    async () =>
      fetch(`${world.url}/oauth/token`, {
        method: "POST",
        headers: { ...basic("support-agent"), "content-type": "application/json" },
        body: "{}",
      }),
  ],
  ["GET", 400, "invalid_request", "takes POST", () => fetch(`${world.url}/oauth/token?grant_type=client_credentials`)],
  [
    "a parameter twice",
    400,
    "invalid_request",
    "stands more than once",
    () =>
      post(world, "/oauth/token", [
        ["grant_type", "client_credentials"],
        ["grant_type", "client_credentials"],
      ]),
  ],
];

test.each(ATTACKS)("%s", async (_, status, error, because, attack) => {
  const response = await attack();
  const body = (await response.json()) as Record<string, unknown>;
  expect([response.status, body["error"]]).toEqual([status, error]);
  expect(body["error_description"]).toContain(because);
  const members = ["error", "error_description", "rule", "hop", "claim"];
  expect(Object.keys(body).filter((name) => !members.includes(name))).toEqual([]);
  expect(response.headers.get("cache-control")).toBe("no-store");
  // Nothing of what was sent comes back.
  expect(String(body["error_description"])).not.toMatch(/eyJ|a secret of the tests/);
});

test("a token that breaks a rule of the chain is refused with rule, hop and claim as members", async () => {
  const expired = await exchange(world, { subject_token: await personToken({ exp: nowSeconds() - 1 }) });
  expect(await expired.json()).toMatchObject({ error: "invalid_request", rule: "expired", hop: 0, claim: "exp" });
});

test("`act` cannot be stripped: whoever exchanges again finds everybody inside", async () => {
  const token = await forService();
  const once = await grantedBy(await exchange(world, { subject_token: token, audience: REFUNDS }, service));
  const twice = await grantedBy(await exchange(world, { subject_token: once.access_token }, service));
  const [, payload] = twice.access_token.split(".");
  const { act, exp } = JSON.parse(Buffer.from(payload as string, "base64url").toString());
  expect(act).toMatchObject({ sub: SERVICE, act: { sub: AGENT } });
  expect(Object.keys(act.act).sort()).toEqual(["iss", "sub"]);
  const [, first] = token.split(".");
  expect(exp).toBeLessThanOrEqual(JSON.parse(Buffer.from(first as string, "base64url").toString()).exp);
});

test("a chain grows to its limit of four actors, and not by one more", async () => {
  let token = await forService();
  const outcomes: number[] = [];
  for (let hop = 2; hop <= 6; hop++) {
    const [here, next] = hop % 2 === 0 ? [REFUNDS, ORDERS] : [ORDERS, REFUNDS];
    await register(world, { client_id: `hop-${hop}`, actor: `urn:acme:hop-${hop}`, aliases: [here] });
    const response = await exchange(world, { subject_token: token, audience: next }, basic(`hop-${hop}`));
    outcomes.push(response.status);
    if (response.ok) token = (await grantedBy(response)).access_token;
  }
  expect(outcomes).toEqual([200, 200, 200, 400, 400]);
});

test("every token has an actor, so that nobody can be impersonated", async () => {
  const granted = await grantedBy(await exchange(world, { subject_token: await personToken() }));
  const [, payload] = granted.access_token.split(".");
  expect(JSON.parse(Buffer.from(payload as string, "base64url").toString())).toMatchObject({
    sub: "alice",
    act: { sub: AGENT },
  });
});
