/** One sitting of nothing but attacks on identity: what is tried, and the answer that stops it. */
import canonicalize from "canonicalize";
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../cli/hash.ts";
import { askConsole, startSession } from "../../cli/people.ts";
import { readPolicyFiles } from "../../policies/tool/files.ts";
import { publishPolicies } from "../../policies/tool/publish.ts";
import { taskId } from "../../worker/chain/task.ts";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { CAST, encode, hashOf, keyNamed, sign, signHs256 } from "../vectors/craft.ts";
import { withHop as addHop, type HopOptions, nameOf, rootOf, toAgent, toService } from "./chains.ts";
import {
  ADMIN_TOKEN,
  admin,
  call,
  nowSeconds,
  recordsOf,
  seenBy,
  startWorld,
  taskOf,
  untilAfter,
  type World,
} from "./harness.ts";
import {
  AGENT,
  basic,
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

const PARTNER = "https://idp.partner.example";
const PEOPLE = "https://people.acme.example";
const WORKER = "spiffe://prod.example/worker";
const JAG = "urn:ietf:params:oauth:token-type:id-jag";
const BEARER_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";

let world: World;
let prodKey: CryptoKey;
beforeAll(async () => {
  world = await startWorld({
    edit: (config) =>
      config
        .replace('trust_domain = "acme.example"', 'trust_domain = "acme.example"\nclock_skew = 0')
        .replace("grants = true", 'grants = true\nclaims = { purpose = "reason" }')
        .replace("local = true", `local = true\nseparate_issuers = ["${PARTNER}"]`)
        .replace('subjects = ["https://idp.acme.example",', `subjects = ["${PARTNER}", "https://idp.acme.example",`),
  });
  const files = await readPolicyFiles("policies");
  const two = `
@id("two-groups")
@approval("board")
forbid (principal, action == Action::"orders:export", resource)
when { context has purpose && context.purpose == "customer-support/two" }
unless { context.approved };
@id("children-read-customers")
permit (principal, action == Action::"crm:read", resource in Api::"crm-api")
when { context.actors.contains("${AGENT}") };`;
  await publishPolicies({ ...files, cedarText: files.cedarText + two }, remote(), world.publisher);
  await registerCast(world);
  const pair = await generateKeyPair("ES256", { extractable: true });
  prodKey = pair.privateKey;
  world.upstream.jwks.set("bundle.json", {
    keys: [{ ...(await exportJWK(pair.publicKey)), kid: "p", use: "jwt-svid" }],
  });
  const signer = { ...(await keyNamed("assertion")).jwk, kid: "k" };
  for (const client of [
    { client_id: "billing", actor: "urn:acme:billing", aliases: ["acme.example"] },
    { client_id: WORKER, actor: WORKER, auth_method: "spiffe_jwt", secret_hashes: [] },
    {
      client_id: "https://signer.example",
      actor: "https://signer.example",
      auth_method: "private_key_jwt",
      keys: [signer],
    },
    {
      client_id: "https://other.example",
      actor: "https://other.example",
      auth_method: "private_key_jwt",
      keys: [{ ...(await keyNamed("other")).jwk, kid: "k" }],
    },
    { client_id: "relay", actor: "urn:acme:relay", aliases: ["relay"], actors: [SERVICE] },
    { client_id: "desk", actor: "urn:acme:desk", grants: [BEARER_GRANT], max_depth: 16 },
    { client_id: "old-desk", actor: "urn:acme:old-desk", grants: [BEARER_GRANT], max_task_seconds: 60 },
    {
      client_id: "abroad",
      actor: "urn:acme:abroad",
      aliases: ["abroad"],
      domains: { "https://as.partner.example": "acme-abroad" },
    },
    { client_id: "mallory", actor: "urn:mallory", aliases: ["mallory"], keys: [(await keyNamed("mallory")).jwk] },
  ])
    expect((await register(world, client)).status).toBe(200);
});
afterAll(() => world.stop());

/** One more hop, which ends well before its parent does. */
const withHop = (chain: string, { claims, ...options }: HopOptions): Promise<string> => {
  const exp = nowSeconds() + 700 - 60 * chain.split("~").length;
  return addHop(chain, { ...options, claims: { exp, ...claims } });
};
const remote = () => ({ gateway: world.url, adminToken: ADMIN_TOKEN });
const revoke = async (body: object): Promise<void> => {
  const answer = await admin(world, "revocations", { reason: "campaign", ...body });
  if (!answer.ok) throw new Error(await answer.text());
};
/** What an answer says: status, and the error in words, with its rule. */
async function said(response: Response): Promise<string> {
  const body = await response.text();
  try {
    const { error, error_description: why, ...rest } = JSON.parse(body) as Record<string, string>;
    return `${response.status} ${error === undefined ? JSON.stringify(rest).slice(0, 600) : `${error} ${why}`}`;
  } catch {
    return `${response.status} ${body.slice(0, 200)}`;
  }
}
const agentChain = async (claims: Record<string, unknown> = {}, hop: Partial<HopOptions> = {}): Promise<string> =>
  withHop(await rootOf({ claims }), { ...toAgent, ...hop });
const serviceChain = async (claims: Record<string, unknown> = {}): Promise<string> =>
  withHop(await agentChain(claims), toService);
const send = async (chain: string, key: string, path?: string): Promise<string> =>
  said(await call(world, { chain, key: await keyNamed(key), ...(path && { path }) }));
const partnerRoot = (claims: Record<string, unknown> = {}): Promise<string> =>
  rootOf({ claims: { iss: PARTNER, ...claims }, header: { kid: "partner-1" }, signedBy: "partner-idp" });
/** A token without a key, which anybody may bring. */
const bearer = async (chain: string, path = "/orders/17"): Promise<string> =>
  said(await fetch(world.url + path, { headers: { authorization: `Bearer ${chain}` } }));
const ask = (client: string, form: Record<string, string>, headers = basic(client)) =>
  post(world, "/oauth/token", { audience: CAST.gateway, ...form }, headers);
const own = async (client = "support-agent", audience: string = CAST.gateway): Promise<string> =>
  (await grantedBy(await ask(client, { grant_type: "client_credentials", audience }))).access_token;
const assertWith = (assertion: string, type: string, more: Record<string, string> = {}) =>
  ask(
    "",
    {
      grant_type: "client_credentials",
      client_assertion_type: `urn:ietf:params:oauth:client-assertion-type:${type}`,
      client_assertion: assertion,
      ...more,
    },
    {},
  );
const assertionOf = async (claims: Record<string, unknown> = {}, key = "assertion"): Promise<string> => {
  const now = nowSeconds();
  const id = "https://signer.example";
  const all = { iss: id, sub: id, aud: CAST.gateway, exp: now + 60, jti: crypto.randomUUID(), ...claims };
  const plain = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return sign({ alg: "EdDSA", kid: "k" }, plain, await keyNamed(key));
};
const grantOf = async (claims: Record<string, unknown> = {}): Promise<string> => {
  const now = nowSeconds();
  const all = {
    iss: PARTNER,
    sub: "pat",
    aud: CAST.gateway,
    client_id: "desk",
    scope: "orders:read",
    iat: now,
    exp: now + 60,
    jti: crypto.randomUUID(),
    ...claims,
  };
  return sign({ alg: "EdDSA", typ: "oauth-id-jag+jwt", kid: "partner-1" }, all, await keyNamed("partner-idp"));
};
const redeem = async (claims: Record<string, unknown> = {}, client = "desk"): Promise<Response> =>
  ask(client, { grant_type: BEARER_GRANT, assertion: await grantOf({ client_id: client, ...claims }) });
const introspect = async (token: string, client: string): Promise<Record<string, unknown>> =>
  (await (await post(world, "/oauth/introspect", { token }, basic(client))).json()) as Record<string, unknown>;
const proofFor = async (key: string, nonce?: string): Promise<string> => {
  const { jwk } = await keyNamed(key);
  const claims = { htm: "POST", htu: `${world.url}/oauth/token`, iat: nowSeconds(), jti: crypto.randomUUID() };
  return sign({ alg: "EdDSA", typ: "dpop+jwt", jwk }, { ...claims, ...(nonce && { nonce }) }, await keyNamed(key));
};
/** A form sent with a proof by a key, and the nonce that the server wants. */
const asking = async (client: string, key: string, form: Record<string, string>): Promise<Response> => {
  const first = await ask(client, form, { ...basic(client), dpop: await proofFor(key) });
  const nonce = first.headers.get("dpop-nonce") as string;
  return ask(client, form, { ...basic(client), dpop: await proofFor(key, nonce) });
};
const exchangeForm = (token: string, more: Record<string, string> = {}): Record<string, string> => ({
  grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
  subject_token: token,
  subject_token_type: TYPE.access,
  ...more,
});
const asked = async (chain: string, key: string, path = "/exports/orders"): Promise<string> => {
  const answer = await call(world, { path, chain, key: await keyNamed(key) });
  const body = (await answer.json()) as { approval?: { id: string } };
  if (body.approval === undefined) throw new Error(JSON.stringify(body));
  return body.approval.id;
};
const approve = async (id: string, name: string, issuer?: string, group = "data-protection"): Promise<string> => {
  const session = await startSession(remote(), { name, groups: [group], issuer });
  const body = { decision: "approve", group, comment: "" };
  return askConsole(remote(), session, `approvals/${id}`, body).then(
    (approval) => `200 ${(approval as { status: string }).status}`,
    (error: Error) => `409 ${error.message}`,
  );
};
const putWorkload = (name: string, body: object) =>
  admin(world, `registry/${encodeURIComponent(name)}`, { name, owner: "o", purpose: "p", ...body }, "PUT");

type Row = readonly [tried: string, stops: string, attempt: () => Promise<string>];

/** A hop to a name over the attacker's own key. */
const named = (to: string, stops: string): Row => [
  `the name ${JSON.stringify(to)} over a key of one's own`,
  stops,
  async () => send(await withHop(await agentChain(), { ...toService, to, key: "mallory" }), "mallory"),
];
const names: Row[] = [
  named("SPIFFE://acme.example/services/refunds", "actor_unproven"),
  named("spiffe://ACME.example/services/refunds", "actor_unproven"),
  named("spiffe://acme.example./services/refunds", "actor_unproven"),
  named("spiffe://acme.example:443/services/refunds", "actor_unproven"),
  named("spiffe://user@acme.example/services/refunds", "actor_unproven"),
  named("spiffe://acme.example/services/refunds/", "actor_unproven"),
  named("spiffe://acme.example/services/%72efunds", "actor_unproven"),
  named("spiffe://acme.example//services/refunds", "actor_unproven"),
  named("spiffe:///services/refunds", "actor_unproven"),
  named("spiffe:/acme.example/services/refunds", "actor_unproven"),
  named("spiffe://acme.example", "actor_unproven"),
  named("https://app.acme.example@evil.example/x", "actor_unproven"),
  named("https://app.acme.example:443", "actor_unproven"),
  named("https://app.acme.example.", "actor_unproven"),
  named("spiffe://acme.example/services/refund\u0455", "delegate_not_uri"),
  named("spiffe://acme.example/services/refunds ", "delegate_not_uri"),
  named("spiffe://acme.example/services/refunds\u00a0", "delegate_not_uri"),
  named(`${AGENT}/%2e%2e/x`, "actor_unproven"),
  named(`${AGENT}/...`.replace("...", "."), "actor_unproven"),
  named(`${AGENT}/run;x`, "actor_unproven"),
  named(`${AGENT}/run/`, "actor_unproven"),
  [
    "a child of a bare trust domain that the issuer names as the client",
    "actor_unproven",
    async () => {
      const domain = "spiffe://acme.example";
      const root = await rootOf({ claims: { client_id: domain, cnf: { jwk: (await keyNamed("mallory")).jwk } } });
      return send(await withHop(root, { from: domain, by: "mallory", to: SERVICE, key: "mallory" }), "mallory");
    },
  ],
  [
    "a child of `https:`, of everything",
    "actor_unproven",
    async () => {
      const root = await rootOf({ claims: { client_id: "https:", cnf: { jwk: (await keyNamed("mallory")).jwk } } });
      const to = "https://app.acme.example";
      return send(await withHop(root, { from: "https:", by: "mallory", to, key: "mallory" }), "mallory");
    },
  ],
  [
    "our agent's child, below our agent by a partner's word",
    "policy_denied",
    async () => {
      const root = await partnerRoot({ client_id: AGENT, cnf: { jwk: (await keyNamed("mallory")).jwk } });
      return send(await withHop(root, { from: AGENT, by: "mallory", to: `${AGENT}/run`, key: "run" }), "run");
    },
  ],
  [
    "our agent by a partner's word",
    "policy_denied",
    async () => send(await partnerRoot({ client_id: AGENT, cnf: { jwk: (await keyNamed("mallory")).jwk } }), "mallory"),
  ],
  [
    "our agent in a partner's `act`, under our trust domain",
    "policy_denied",
    async () => {
      const act = { sub: AGENT, iss: "spiffe://acme.example", act: { sub: CAST.app, iss: CAST.issuer } };
      return send(await partnerRoot({ act, cnf: { jwk: (await keyNamed("mallory")).jwk } }), "mallory");
    },
  ],
  [
    "a partyId as a name: `https://idp.partner.example spiffe://...` stated by our issuer",
    "policy_denied",
    async () => bearer(await rootOf({ claims: { cnf: undefined, client_id: `${PARTNER} ${AGENT}` } })),
  ],
  [
    "a child of a name that the registry has disabled",
    "actor_disabled",
    async () => {
      const name = "spiffe://acme.example/agents/gone";
      await putWorkload(name, { keys: [(await keyNamed("gone")).jwk], disabled: true });
      const chain = await withHop(await agentChain(), { ...toService, to: name, key: "gone" });
      const claims = { exp: nowSeconds() + 300 };
      return send(await withHop(chain, { from: name, by: "gone", to: `${name}/run`, key: "run", claims }), "run");
    },
  ],
  [
    "a disabled name as a child of its delegator",
    "actor_disabled",
    async () => {
      const name = `${AGENT}/barred`;
      await putWorkload(name, { keys: [(await keyNamed("barred")).jwk], disabled: true });
      return send(await withHop(await agentChain(), { ...toService, to: name, key: "barred" }), "barred");
    },
  ],
  [
    "a key that was rotated away, with its verdict remembered",
    "actor_unproven",
    async () => {
      const name = "spiffe://acme.example/services/rotated";
      await putWorkload(name, { keys: [(await keyNamed("old")).jwk] });
      const chain = await withHop(await agentChain(), { ...toService, to: name, key: "old" });
      expect(await send(chain, "old")).toContain("policy_denied");
      await putWorkload(name, { keys: [(await keyNamed("new")).jwk] });
      return send(chain, "old");
    },
  ],
  [
    "a client's key after the client was disabled",
    "actor_disabled",
    async () => {
      const client = { client_id: "brief", actor: "urn:acme:brief", keys: [(await keyNamed("brief")).jwk] };
      await register(world, client);
      const chain = await withHop(await agentChain(), { ...toService, to: "urn:acme:brief", key: "brief" });
      expect(await send(chain, "brief")).toContain("policy_denied");
      await register(world, { ...client, disabled: true });
      return send(chain, "brief");
    },
  ],
];

const WIT_NAME = "spiffe://acme.example/services/new";
const witHop = async (wit: string, to = WIT_NAME): Promise<string> =>
  send(await withHop(await agentChain(), { ...toService, to, key: "mallory", header: { wit } }), "mallory");
const mallorys = async (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}) => {
  const all = {
    sub: WIT_NAME,
    exp: nowSeconds() + 300,
    cnf: { jwk: { ...(await keyNamed("mallory")).jwk, alg: "EdDSA" } },
    ...claims,
  };
  return sign({ alg: "EdDSA", typ: "wit+jwt", kid: "idp-1", ...header }, all, await keyNamed("idp"));
};
const wits: Row[] = [
  ["a WIT with `alg: none`", "wit_malformed", async () => witHop(await mallorys({}, { alg: "none" }))],
  [
    "a WIT under HS256, by the trust domain's public key",
    "wit_malformed",
    async () => {
      const header = { alg: "HS256", typ: "wit+jwt", kid: "idp-1" };
      const secret = Buffer.from((await keyNamed("idp")).x, "base64url");
      return witHop(signHs256(header, decodeJwt(await mallorys()), secret));
    },
  ],
  [
    "a WIT whose header says ES256 over EdDSA",
    "actor_unproven",
    async () => witHop(await mallorys({}, { alg: "ES256" })),
  ],
  [
    "a WIT without `alg` in its key",
    "wit_malformed",
    async () => witHop(await mallorys({ cnf: { jwk: (await keyNamed("mallory")).jwk } })),
  ],
  [
    "a WIT with `jwk` and `jkt`",
    "wit_malformed",
    async () => {
      const { jwk, thumbprint } = await keyNamed("mallory");
      return witHop(await mallorys({ cnf: { jwk: { ...jwk, alg: "EdDSA" }, jkt: thumbprint } }));
    },
  ],
  [
    "a WIT with a private key",
    "wit_malformed",
    async () =>
      witHop(await mallorys({ cnf: { jwk: { ...(await keyNamed("mallory")).jwk, alg: "EdDSA", d: "AAAA" } } })),
  ],
  ["a WIT with `crit`", "wit_malformed", async () => witHop(await mallorys({}, { crit: ["x"], x: 1 }))],
  ["a WIT of type JWT", "wit_malformed", async () => witHop(await mallorys({}, { typ: "JWT" }))],
  ["a WIT of the future", "wit_mismatch", async () => witHop(await mallorys({ nbf: nowSeconds() + 100 }))],
  ["a WIT that says another issuer", "actor_unproven", async () => witHop(await mallorys({ iss: PARTNER }))],
  [
    "a WIT of two subjects",
    "wit_malformed",
    async () => {
      const jwk = { ...(await keyNamed("mallory")).jwk, alg: "EdDSA" };
      const claims = `{"sub":"${SERVICE}","sub":"${WIT_NAME}","exp":${nowSeconds() + 300},"cnf":${JSON.stringify({ jwk })}}`;
      return witHop(await sign({ alg: "EdDSA", typ: "wit+jwt", kid: "idp-1" }, claims, await keyNamed("idp")));
    },
  ],
  [
    "a WIT of another trust domain for our name",
    "actor_unproven",
    async () => {
      const wit = await new SignJWT(decodeJwt(await mallorys()))
        .setProtectedHeader({ alg: "ES256", typ: "wit+jwt", kid: "p" })
        .sign(prodKey);
      return witHop(wit);
    },
  ],
  [
    "a WIT in hop 0",
    "parameter_forbidden",
    async () => bearer(await rootOf({ claims: { cnf: undefined }, header: { wit: await mallorys() } })),
  ],
  [
    "a WIT again after it has expired, with its verdict remembered",
    "wit_mismatch",
    async () => {
      const exp = nowSeconds() + 5;
      const wit = await mallorys({ exp });
      const chain = await withHop(await agentChain(), { ...toService, to: WIT_NAME, key: "mallory", header: { wit } });
      expect(await send(chain, "mallory")).toContain("policy_denied");
      await untilAfter(exp);
      return send(chain, "mallory");
    },
  ],
  [
    "a WIT as a chain of its own",
    "claim_missing",
    async () => bearer(await mallorys({ iss: "https://spire.acme.example" })),
  ],
];

/** Tokens that the gateway signs for something else. */
const kinds: readonly (readonly [string, () => Promise<string>])[] = [
  [
    "a narrowed token",
    async () =>
      String((await seenBy(await call(world, { chain: await serviceChain() }))).headers["authorization"]).slice(7),
  ],
  [
    "a grant for another domain",
    async () => {
      const form = exchangeForm(await personToken({ aud: "abroad" }), {
        requested_token_type: JAG,
        audience: "https://as.partner.example",
      });
      return (await grantedBy(await ask("abroad", form))).access_token;
    },
  ],
  [
    "an introspection answer",
    async () => {
      const headers = { ...basic("support-agent"), accept: "application/token-introspection+jwt" };
      return (await post(world, "/oauth/introspect", { token: await own() }, headers)).text();
    },
  ],
  [
    "a bootstrap context",
    async () => {
      const form = {
        grant_type: "urn:ietf:params:oauth:grant-type:actor-chain-bootstrap",
        actor_chain_profile: "verified-full",
        audience: CAST.gateway,
      };
      const answer = await post(world, "/oauth/actor-chain/bootstrap", form);
      return ((await answer.json()) as Record<string, string>)["actor_chain_bootstrap_context"] as string;
    },
  ],
];
const confused: Row[] = kinds.flatMap(([what, make]): Row[] => [
  [`${what} as a root`, "typ_forbidden", async () => bearer(await make())],
  [
    `${what} as subject token`,
    "not of the type",
    async () => said(await ask("support-agent", exchangeForm(await make(), { subject_token_type: TYPE.jwt }))),
  ],
  [
    `${what} as actor token`,
    "not of the type",
    async () => {
      const form = { actor_token: await make(), actor_token_type: TYPE.jwt };
      return said(await ask("support-agent", exchangeForm(await personToken(), form)));
    },
  ],
  [
    `${what} as client assertion`,
    "invalid_client",
    async () => said(await assertWith(await make(), "jwt-spiffe", { client_id: WORKER })),
  ],
]);
const roots: Row[] = [
  [
    "a root that says the gateway issued it, by the identity provider's key",
    "signature_invalid",
    async () =>
      bearer(
        await rootOf({
          header: { kid: world.gatewayKeys[0]?.kid },
          claims: { iss: CAST.gateway, cnf: undefined, sub_id: { format: "iss_sub", iss: CAST.issuer, sub: "alice" } },
        }),
      ),
  ],
  [
    "a partner's subject that `sub_id` calls ours, as format email",
    "policy_denied",
    async () => bearer(await partnerRoot({ cnf: undefined, sub_id: { format: "email", email: "alice@acme.example" } })),
  ],
  [
    "a `sub_id` without a format",
    "claim_type",
    async () => bearer(await partnerRoot({ cnf: undefined, sub_id: { iss: CAST.issuer, sub: "alice" } })),
  ],
  [
    "a `sub_id` whose issuer is an object",
    "claim_type",
    async () => bearer(await partnerRoot({ cnf: undefined, sub_id: { format: "iss_sub", iss: {}, sub: "a" } })),
  ],
  [
    "act_proof and lineage of one's own making in a partner's root",
    "policy_denied",
    async () =>
      bearer(
        await partnerRoot({
          cnf: undefined,
          act: { sub: AGENT },
          act_proof: ["registered"],
          lineage: [],
          purpose_by: { iss: CAST.issuer, sub: CAST.issuer },
        }),
      ),
  ],
  ...[
    ["an object", { a: 1 }],
    ["a list", ["olga@acme.example"]],
    ["null", null],
    ["true", true],
  ].map(
    ([what, email]): Row => [
      `a mapped claim that is ${what as string}`,
      "root_refused",
      async () => bearer(await rootOf({ claims: { iss: PEOPLE, cnf: undefined, email } })),
    ],
  ),
];

const assertions: Row[] = [
  [
    "a client assertion by another client's key",
    "invalid_client",
    async () => said(await assertWith(await assertionOf({}, "other"), "jwt-bearer")),
  ],
  [
    "a client assertion of another issuer",
    "invalid_client",
    async () => said(await assertWith(await assertionOf({ iss: "https://other.example" }), "jwt-bearer")),
  ],
  [
    "a client assertion with another `client_id` beside it",
    "invalid_client",
    async () => said(await assertWith(await assertionOf(), "jwt-bearer", { client_id: "https://other.example" })),
  ],
  [
    "a client assertion without `jti`",
    "invalid_client",
    async () => said(await assertWith(await assertionOf({ jti: undefined }), "jwt-bearer")),
  ],
  [
    "a client assertion for a day",
    "invalid_client",
    async () => said(await assertWith(await assertionOf({ exp: nowSeconds() + 86_400 }), "jwt-bearer")),
  ],
  [
    "a client assertion declared as an SVID",
    "invalid_client",
    async () => said(await assertWith(await assertionOf(), "jwt-spiffe")),
  ],
  [
    "a client assertion under HS256, by the public key",
    "invalid_client",
    async () => {
      const secret = Buffer.from((await keyNamed("assertion")).x, "base64url");
      return said(
        await assertWith(signHs256({ alg: "HS256", kid: "k" }, decodeJwt(await assertionOf()), secret), "jwt-bearer"),
      );
    },
  ],
  [
    "a client assertion with `alg: none`",
    "invalid_client",
    async () =>
      said(await assertWith(`${encode({ alg: "none" })}.${encode(decodeJwt(await assertionOf()))}.`, "jwt-bearer")),
  ],
  [
    "an SVID twice, the second time with the other form of its ECDSA signature",
    "invalid_client",
    async () => {
      const now = nowSeconds();
      const svid = await new SignJWT({ sub: WORKER, aud: [CAST.gateway], exp: now + 60, iat: now })
        .setProtectedHeader({ alg: "ES256", typ: "JWT", kid: "p" })
        .sign(prodKey);
      expect(await said(await assertWith(svid, "jwt-spiffe"))).toContain("200");
      const [header, payload, signature] = svid.split(".") as [string, string, string];
      const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
      const bytes = Buffer.from(signature, "base64url");
      const s = BigInt(`0x${bytes.subarray(32).toString("hex")}`);
      const other = Buffer.concat([
        bytes.subarray(0, 32),
        Buffer.from((order - s).toString(16).padStart(64, "0"), "hex"),
      ]);
      return said(await assertWith([header, payload, other.toString("base64url")].join("."), "jwt-spiffe"));
    },
  ],
  [
    "an SVID of the same name in another trust domain",
    "invalid_client",
    async () => {
      const now = nowSeconds();
      const claims = { sub: WORKER, aud: [CAST.gateway], exp: now + 60, iat: now, iss: "https://spire.acme.example" };
      return said(
        await assertWith(
          await sign({ alg: "EdDSA", typ: "JWT", kid: "idp-1" }, claims, await keyNamed("idp")),
          "jwt-spiffe",
        ),
      );
    },
  ],
];

const exchanges: Row[] = [
  [
    "another's `may_act`",
    "names another actor",
    async () =>
      said(await ask("support-agent", exchangeForm(await personToken({ may_act: { sub: "refund-service" } })))),
  ],
  [
    "a `may_act` that is a text",
    "names another actor",
    async () => said(await ask("support-agent", exchangeForm(await personToken({ may_act: "support-agent" })))),
  ],
  [
    "a `may_act` that is a list",
    "names another actor",
    async () =>
      said(await ask("support-agent", exchangeForm(await personToken({ may_act: [{ sub: "support-agent" }] })))),
  ],
  [
    "a `may_act` whose name is a list",
    "names another actor",
    async () =>
      said(await ask("support-agent", exchangeForm(await personToken({ may_act: { sub: ["support-agent"] } })))),
  ],
  [
    "a partner's token for a client that only our provider calls so",
    "does not name this client",
    async () => {
      const token = await personToken(
        { iss: PARTNER, aud: CAST.gateway },
        { header: { kid: "partner-1" }, signedBy: "partner-idp" },
      );
      return said(await ask("support-agent", exchangeForm(token)));
    },
  ],
  [
    "a token that is bound to a key, without a proof",
    "invalid_dpop_proof",
    async () =>
      said(
        await ask(
          "support-agent",
          exchangeForm(await personToken({ cnf: { jkt: (await keyNamed("agent")).thumbprint } })),
        ),
      ),
  ],
  [
    "an actor token that is bound to another's key",
    "bound to a key",
    async () => {
      const token = (await grantedBy(await asking("refund-service", "service", { grant_type: "client_credentials" })))
        .access_token;
      const form = exchangeForm(await personToken({ aud: "relay" }), {
        actor_token: token,
        actor_token_type: TYPE.access,
      });
      return said(await asking("relay", "mallory", form));
    },
  ],
  [
    "an actor token of a partner's that bears the name of the actor",
    "may not be the actor",
    async () => {
      const token = await personToken(
        { iss: PARTNER, client_id: SERVICE, aud: CAST.gateway, txn: undefined },
        { header: { kid: "partner-1" }, signedBy: "partner-idp" },
      );
      const form = exchangeForm(await personToken({ aud: "relay" }), {
        actor_token: token,
        actor_token_type: TYPE.access,
      });
      return said(await ask("relay", form));
    },
  ],
  [
    "a purpose beside the one that the provider mapped",
    "task_context_changed",
    async () =>
      bearer(
        await rootOf({
          claims: {
            iss: PEOPLE,
            cnf: undefined,
            email: "p@acme.example",
            reason: "customer-support",
            tctx: { purpose: "customer-supportx" },
          },
        }),
      ),
  ],
  [
    "a token for an upstream's audience",
    "invalid_target",
    async () =>
      said(await ask("support-agent", { grant_type: "client_credentials", audience: "https://orders.acme.example" })),
  ],
  [
    "the URL of a route, spelled otherwise",
    "invalid_target",
    async () => said(await ask("support-agent", { grant_type: "client_credentials", audience: `${ORDERS}/` })),
  ],
  [
    "a task of an old root made young by two exchanges and a grant",
    "nothing is left",
    async () => said(await redeem({ txn_began: nowSeconds() - 3600 }, "old-desk")),
  ],
];

const hopPurpose = (purpose: unknown, stated = "customer-support"): Promise<string> =>
  rootOf({ claims: { iss: PEOPLE, email: "p@acme.example", reason: stated, tctx: undefined, txn: undefined } }).then(
    async (root) =>
      send(await withHop(root, { ...toAgent, claims: { scope: "orders:read", tctx: { purpose } } }), "agent"),
  );
const purposes: Row[] = [
  "customer-supportx",
  "customer-support ",
  "Customer-Support/refund",
  "customer\u2010support/refund",
  "",
  "/customer-support",
].map(
  (purpose): Row => [
    `the purpose ${JSON.stringify(purpose)} within customer-support`,
    "task_context_changed",
    () => hopPurpose(purpose),
  ],
);
purposes.push([
  "another `tctx` in a middle hop",
  "task_context_changed",
  async () => {
    const chain = await agentChain({}, { claims: { tctx: { purpose: "customer-support/refund", more: 1 } } });
    return send(chain, "agent");
  },
]);

const grants: Row[] = [
  [
    "a grant with 17 actors",
    "invalid_grant",
    async () => {
      let act: object = { sub: "a0" };
      for (let i = 1; i < 17; i++) act = { sub: `a${i}`, act };
      return said(await redeem({ act }));
    },
  ],
  [
    "a grant whose `act` ends in null",
    "invalid_grant",
    async () => said(await redeem({ act: { sub: "a", act: null } })),
  ],
  [
    "a grant with `cnf.jwk`",
    "invalid_grant",
    async () => said(await redeem({ cnf: { jwk: (await keyNamed("mallory")).jwk } })),
  ],
  [
    "a grant bound to another key",
    "invalid_dpop_proof",
    async () => {
      const assertion = await grantOf({ cnf: { jkt: (await keyNamed("agent")).thumbprint } });
      return said(await asking("desk", "mallory", { grant_type: BEARER_GRANT, assertion }));
    },
  ],
  [
    "a grant for a list of other resources",
    "invalid_target",
    async () => said(await redeem({ resource: [ORDERS, REFUNDS] })),
  ],
  [
    "a grant of another client",
    "another client's",
    async () =>
      said(await ask("desk", { grant_type: BEARER_GRANT, assertion: await grantOf({ client_id: "old-desk" }) })),
  ],
  [
    "a grant with details that are no list",
    "invalid_grant",
    async () => said(await redeem({ authorization_details: { type: "x" } })),
  ],
  ["a grant with a `txn_began` that is a text", "invalid_grant", async () => said(await redeem({ txn_began: "1" }))],
  [
    "a grant that has the client among its actors",
    "policy_denied",
    async () => {
      const { access_token: token } = await grantedBy(
        await redeem({ act: { sub: "urn:acme:desk", iss: CAST.gateway } }),
      );
      return bearer(token);
    },
  ],
  [
    "a grant twice",
    "used before",
    async () => {
      const assertion = await grantOf();
      await grantedBy(await ask("desk", { grant_type: BEARER_GRANT, assertion }));
      return said(await ask("desk", { grant_type: BEARER_GRANT, assertion }));
    },
  ],
  [
    "a grant of an issuer whose grants are not taken",
    "not accepted here",
    async () => said(await redeem({ iss: CAST.issuer })),
  ],
  [
    "a client assertion as a grant",
    "not accepted",
    async () => said(await ask("desk", { grant_type: BEARER_GRANT, assertion: await assertionOf() })),
  ],
];

/** A token that an exchange made of a root, and what ends it. */
const ended = (what: string, revocation: (root: string) => object, claims: Record<string, unknown> = {}): Row => [
  `a token, a Txn-Token and a delegation of it, after the ${what} was revoked`,
  "400 false 400 401",
  async () => {
    const root = await personToken({ aud: ["abroad", CAST.gateway], ...claims });
    const form = { subject_token_type: TYPE.access };
    const token = (await grantedBy(await ask("abroad", exchangeForm(root, form)))).access_token;
    const txn = (await grantedBy(await ask("abroad", exchangeForm(root, { ...form, requested_token_type: TYPE.txn }))))
      .access_token;
    await revoke(revocation(root));
    const again = await ask(
      "abroad",
      exchangeForm(token, { requested_token_type: JAG, audience: "https://as.partner.example" }),
    );
    const onward = await ask("billing", exchangeForm(txn, { subject_token_type: TYPE.txn }));
    const { active } = await introspect(token, "abroad");
    const atGateway = await bearer(token);
    return `${again.status} ${String(active)} ${onward.status} ${atGateway.slice(0, 3)}`;
  },
];
const revocations: Row[] = [
  ended("subject", () => ({ kind: "subject", issuer: CAST.issuer, sub: "rev-1" }), { sub: "rev-1" }),
  ended("session", () => ({ kind: "session", issuer: CAST.issuer, sid: "rev-s" }), { sid: "rev-s" }),
  ended("task", () => ({ kind: "task", task: taskOf("rev-task") }), { txn: "rev-task" }),
  ended("root", (root) => ({ kind: "hop", hash: nameOf(root, 0) })),
  ended("token", () => ({ kind: "token", issuer: CAST.issuer, jti: "rev-jti" }), { jti: "rev-jti" }),
  ended("provider's client", () => ({ kind: "client", issuer: CAST.issuer, client_id: "rev-client" }), {
    client_id: "rev-client",
  }),
  ended("person by e-mail in another case", () => ({ kind: "subject", issuer: CAST.issuer, sub: "REV@acme.example" }), {
    email: "Rev@Acme.example",
  }),
  [
    "an approval, after the root was revoked",
    "revoked",
    async () => {
      const chain = await withHop(await rootOf(), { ...toAgent, claims: { jti: "approve-me" } });
      const id = await asked(chain, "agent");
      await revoke({ kind: "hop", hash: nameOf(chain, 0) });
      return approve(id, "dora");
    },
  ],
  [
    "an event of a transmitter about an issuer that is not its own",
    "may not speak",
    async () => {
      const subject = { format: "iss_sub", iss: CAST.gateway, sub: "alice" };
      const claims = {
        iss: "https://signals.acme.example",
        aud: CAST.gateway,
        iat: nowSeconds(),
        jti: crypto.randomUUID(),
        events: { "https://schemas.openid.net/secevent/caep/event-type/session-revoked": { subject } },
      };
      const body = await sign({ alg: "EdDSA", typ: "secevent+jwt", kid: "idp-1" }, claims, await keyNamed("idp"));
      const answer = await fetch(`${world.url}/events`, {
        method: "POST",
        headers: { "content-type": "application/secevent+jwt" },
        body,
      });
      return `${answer.status} ${await answer.text()}`;
    },
  ],
];

const eyes: Row[] = [
  ["one's own request", "nobody approves", async () => approve(await asked(await agentChain(), "agent"), "alice")],
  [
    "one's own request, known by another issuer",
    "cannot be decided",
    async () => approve(await asked(await agentChain(), "agent"), "alice", PEOPLE),
  ],
  [
    "one's own request, as somebody of the gateway",
    "cannot be decided",
    async () => approve(await asked(await agentChain(), "agent"), "alice", CAST.gateway),
  ],
  [
    "a person who names themselves as the client",
    "cannot be decided",
    async () => {
      const claims = { sub: AGENT, client_id: AGENT, cnf: { jwk: (await keyNamed("person")).jwk } };
      return approve(await asked(await rootOf({ claims }), "person"), "alice", PEOPLE);
    },
  ],
  [
    "two groups by one person",
    "nobody speaks for two groups",
    async () => {
      const chain = await agentChain({ tctx: { purpose: "customer-support/two" } });
      const id = await asked(chain, "agent");
      expect(await approve(id, "dora")).toBe("200 pending");
      return approve(id, "dora", undefined, "board");
    },
  ],
];

const tasks: Row[] = [
  ...["gateway:2026-11-26", "root:x"].map(
    (txn): Row => [
      `the task ${txn} by a root`,
      "txn_reserved",
      async () => bearer(await rootOf({ claims: { txn, cnf: undefined } })),
    ],
  ),
  [
    "the end of a task by a party that was only told",
    "takes no part",
    async () => {
      const txn = `task-${crypto.randomUUID()}`;
      const chain = await withHop(await agentChain({ txn }), { ...toService, key: "other-key" });
      return said(await post(world, `/oauth/tasks/${txn}/end`, { token: chain }, basic("mallory")));
    },
  ],
  [
    "the end of a task through a token of another",
    "another task",
    async () => said(await post(world, `/oauth/tasks/someone-elses/end`, { token: await personToken() })),
  ],
  [
    "the ledger of a task by its `txn` alone, at another introducer's",
    "0",
    async () => {
      const txn = `task-${crypto.randomUUID()}`;
      await bearer(await partnerRoot({ txn, cnf: undefined }));
      const answer = await fetch(`${world.url}/admin/audit/${taskOf(txn)}`, {
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      });
      return String(((await answer.json()) as { entries: unknown[] }).entries.length);
    },
  ],
];

const more: Row[] = [
  [
    "a told name laundered by an exchange",
    "actor_unproven",
    async () => {
      const aud = ["acme.example", CAST.gateway];
      const chain = await withHop(await agentChain({ aud }, { claims: { aud } }), {
        ...toService,
        key: "mallory",
        claims: { aud },
      });
      const { access_token: token } = await grantedBy(
        await asking("billing", "mallory", exchangeForm(chain, { subject_token_type: TYPE.chain })),
      );
      return send(token, "mallory");
    },
  ],
  [
    "another task for an exchanged token",
    "task_changed",
    async () => {
      const { access_token: token } = await grantedBy(
        await asking("support-agent", "agent", exchangeForm(await personToken())),
      );
      const jwk = (await keyNamed("agent")).jwk;
      const hop = { ...toService, claims: { txn: "another", exp: nowSeconds() + 60 }, header: { jwk } };
      return send(await withHop(token, hop), "service");
    },
  ],
  [
    "a hop by another key than the token names",
    "thumbprint_mismatch",
    async () => {
      const { access_token: token } = await grantedBy(
        await asking("support-agent", "agent", exchangeForm(await personToken())),
      );
      const jwk = (await keyNamed("mallory")).jwk;
      return send(await withHop(token, { ...toService, by: "mallory", header: { jwk } }), "service");
    },
  ],
  [
    "an exchanged token in the hands of another",
    "proof_key_mismatch",
    async () => {
      const { access_token: token } = await grantedBy(
        await asking("support-agent", "agent", exchangeForm(await personToken())),
      );
      return send(token, "mallory");
    },
  ],
  [
    "an exchanged token without a proof",
    "proof_missing",
    async () => {
      const { access_token: token } = await grantedBy(
        await asking("support-agent", "agent", exchangeForm(await personToken())),
      );
      return bearer(token);
    },
  ],
  [
    "a partner's token whose audience is what our provider calls the client",
    "does not name this client",
    async () => {
      const options = { header: { kid: "partner-1" }, signedBy: "partner-idp" };
      const claims = { iss: PARTNER, client_id: "somebody", aud: "support-agent" };
      return said(await ask("support-agent", exchangeForm(await personToken(claims, options))));
    },
  ],
  [
    "an SVID of the client that names another as its client",
    "invalid_client",
    async () => {
      const now = nowSeconds();
      const claims = {
        sub: WORKER,
        client_id: "spiffe://prod.example/other",
        aud: [CAST.gateway],
        exp: now + 60,
        iat: now,
      };
      const svid = await new SignJWT(claims).setProtectedHeader({ alg: "ES256", typ: "JWT", kid: "p" }).sign(prodKey);
      return said(await assertWith(svid, "jwt-spiffe"));
    },
  ],
  [
    "both groups at the same moment by one person",
    "1",
    async () => {
      const id = await asked(await agentChain({ tctx: { purpose: "customer-support/two" } }), "agent");
      const votes = await Promise.all([approve(id, "dora"), approve(id, "dora", undefined, "board")]);
      return String(votes.filter((vote) => vote.startsWith("200")).length);
    },
  ],
  [
    "everything that is lost in a grant after an exchange after a chain",
    "kept",
    async () => {
      const txn = `task-${crypto.randomUUID()}`;
      const details = [{ type: "refund", amount: 5 }];
      const aud = ["acme.example", CAST.gateway];
      const authorization_details = details;
      const chain = await withHop(
        await agentChain({ aud, txn, authorization_details }, { claims: { aud, authorization_details } }),
        { ...toService, claims: { aud, authorization_details } },
      );
      const began = decodeJwt(chain.split("~")[0] as string).iat;
      const first = await grantedBy(
        await asking(
          "billing",
          "service",
          exchangeForm(chain, { subject_token_type: TYPE.chain, audience: CAST.gateway }),
        ),
      );
      const second = await grantedBy(
        await asking("billing", "service", exchangeForm(first.access_token, { requested_token_type: TYPE.txn })),
      );
      const claims = decodeJwt(second.access_token);
      expect(claims).toMatchObject({
        sub_id: { format: "iss_sub", iss: CAST.issuer, sub: "alice" },
        txn,
        txn_by: { iss: CAST.issuer, sub: CAST.issuer },
        txn_began: began,
        purpose_by: { iss: CAST.issuer, sub: CAST.issuer },
        authorization_details: details,
        act_proof: ["registered", "registered", "registered", "registered"],
      });
      for (const k of [0, 1, 2]) expect(claims["lineage"]).toContain(nameOf(chain, k));
      return "kept";
    },
  ],
];

const table = [
  more,
  names,
  wits,
  confused,
  roots,
  assertions,
  exchanges,
  purposes,
  grants,
  revocations,
  eyes,
  tasks,
].flat();

describe("is stopped", () => {
  test.each(table)("%s: %s", async (_, stops, attempt) => {
    expect(await attempt()).toContain(stops);
  });
});

/** The record of the only request of a task. */
const recordOf = async (task: string): Promise<AuditRecord> => (await recordsOf(world, task, 1))[0] as AuditRecord;
const victimOf = async (claims: Record<string, unknown>): Promise<string> => serviceChain(claims);

describe("got through once, and is stopped", () => {
  test("H1: a client revokes anybody's token by its `jti`: a hop's token is named by the text of its delegator's name", async () => {
    const victim = await victimOf({ jti: "victim-root" });
    expect((await call(world, { chain: victim })).status).toBe(200);
    // Mallory tells the name of the issuer over a key of her own, and lets it delegate to herself under the victim's `jti`.
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

  test("H1: and a token of the gateway's own", async () => {
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

  test("H2: introspection tells what a delegator wrote into its hop as if it were verified", async () => {
    const forged = {
      acr: "urn:acme:acr:mfa",
      auth_time: 1,
      client_id: "refund-service",
      sub_id: { format: "iss_sub", iss: CAST.issuer, sub: "the-ceo" },
      act: { sub: SERVICE, iss: "spiffe://acme.example" },
      act_proof: ["registered"],
      txn_by: { iss: PARTNER, sub: PARTNER },
      purpose_by: { iss: PARTNER, sub: PARTNER },
    };
    const told = await introspect(await agentChain({}, { claims: forged }), "support-agent");
    expect(told).toMatchObject({ active: true, sub: "alice" });
    for (const [name, value] of Object.entries(forged)) expect(told[name], name).not.toEqual(value);
  });

  test("H2: and what a partner's root says of our subject, actors and proofs", async () => {
    const forged = {
      sub_id: { format: "iss_sub", iss: CAST.issuer, sub: "alice" },
      act: { sub: AGENT, iss: "spiffe://acme.example" },
      act_proof: ["registered"],
      txn_by: { iss: CAST.issuer, sub: CAST.issuer },
      purpose_by: { iss: CAST.issuer, sub: CAST.issuer },
    };
    const token = await partnerRoot({ ...forged, cnf: undefined, aud: ["abroad", CAST.gateway] });
    const told = await introspect(token, "abroad");
    expect(told).toMatchObject({ active: true });
    for (const [name, value] of Object.entries(forged)) expect(told[name], name).not.toEqual(value);
  });

  test("H2: and a subject of a chain under the delegator's name as issuer", async () => {
    const told = await introspect(await agentChain(), "support-agent");
    expect(told).toMatchObject({ sub: "alice" });
    expect([told["iss"], told["sub_id"]]).not.toEqual([CAST.app, undefined]);
  });

  test("H3: a disabled workload goes on as a client, `registered`", async () => {
    const name = "urn:acme:stopped";
    await register(world, { client_id: "stopped", actor: name });
    await putWorkload(name, { keys: [(await keyNamed("stopped")).jwk], disabled: true });
    const answer = await ask("stopped", { grant_type: "client_credentials" });
    expect(await said(answer)).not.toContain("200");
  });

  test("H4: a grant that was issued before an event revoked its subject is redeemed after it", async () => {
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

  test("H5: a Txn-Token outlives the client that it was issued to", async () => {
    await register(world, { client_id: "txn-client", actor: "urn:acme:txn-client", aliases: ["txn-client"] });
    const form = exchangeForm(await personToken({ aud: "txn-client" }), { requested_token_type: TYPE.txn });
    const txn = (await grantedBy(await ask("txn-client", form))).access_token;
    await revoke({ kind: "client", client_id: "txn-client" });
    expect(await said(await ask("billing", exchangeForm(txn, { subject_token_type: TYPE.txn })))).not.toContain("200");
  });

  test("H5: a token outlives the actor token that it was issued for", async () => {
    const claims = { client_id: SERVICE, aud: "relay", txn: undefined, tctx: undefined, sub: SERVICE };
    const actor = await personToken(claims);
    const more = { actor_token: actor, actor_token_type: TYPE.access };
    const token = (await grantedBy(await ask("relay", exchangeForm(await personToken({ aud: "relay" }), more))))
      .access_token;
    expect(decodeJwt(token)).toMatchObject({ act: { sub: SERVICE } });
    await revoke({ kind: "hop", hash: nameOf(actor, 0) });
    expect(await introspect(token, "relay")).toEqual({ active: false });
  });

  test("H5: a token outlives the actor that its root named, where the exchange gave it another name", async () => {
    await register(world, { client_id: "renamed", actor: "urn:acme:renamed", aliases: ["renamed"] });
    const root = await personToken({ client_id: "renamed", aud: ["renamed", CAST.gateway] });
    const token = (await grantedBy(await ask("renamed", exchangeForm(root)))).access_token;
    await revoke({ kind: "actor", authority: CAST.issuer, name: "renamed" });
    expect(await bearer(root)).toContain("revoked");
    expect(await introspect(token, "renamed")).toEqual({ active: false });
  });

  test("H6: `act.iss` is passed over where the issuer may speak for the name: somebody else's actor becomes ours", async () => {
    const txn = `task-${crypto.randomUUID()}`;
    const act = { sub: AGENT, iss: "https://evil.example" };
    await bearer(await rootOf({ claims: { act, txn, cnf: undefined } }));
    const { decision } = await recordOf(txn);
    expect(decision?.question.request.principal).not.toEqual({ type: "Workload", id: AGENT });
  });

  test("H6: the issuer in `may_act` is passed over", async () => {
    const token = await personToken({ may_act: { iss: PARTNER, sub: "support-agent" } });
    expect(await said(await ask("support-agent", exchangeForm(token)))).not.toContain("200");
  });

  test("H7: one person speaks for two groups, known by two issuers", async () => {
    const claims = {
      iss: PARTNER,
      sub: "pat",
      tctx: { purpose: "customer-support/two" },
      cnf: { jwk: (await keyNamed("app")).jwk },
    };
    const root = await rootOf({ claims, header: { kid: "partner-1" }, signedBy: "partner-idp" });
    const id = await asked(await withHop(root, toAgent), "agent");
    expect(await approve(id, "dora")).toBe("200 pending");
    expect(await approve(id, "dora", PEOPLE, "board")).not.toContain("200");
  });

  test("H7: one of ours approves their own request, which comes back from a partner that names them by `sub_id`", async () => {
    const claims = {
      iss: PARTNER,
      sub: "7",
      sub_id: { format: "iss_sub", iss: CAST.issuer, sub: "alice" },
      cnf: { jwk: (await keyNamed("app")).jwk },
    };
    const root = await rootOf({ claims, header: { kid: "partner-1" }, signedBy: "partner-idp" });
    const id = await asked(await withHop(root, toAgent), "agent");
    expect(await approve(id, "alice")).not.toContain("200");
  });

  test("H7: and is not reached by a revocation of that subject", async () => {
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

  test("H8: a told name below a bare origin is the same party as the workload that has it", async () => {
    const name = `${CAST.app}/jobs:1`;
    await putWorkload(name, { keys: [(await keyNamed("jobs")).jwk] });
    const txn = `task-${crypto.randomUUID()}`;
    const act = async (key: string): Promise<AuditRecord> => {
      // The task is introduced by whoever has the name.
      const root = await rootOf({ claims: { txn: undefined } });
      const chain = await withHop(root, { from: CAST.app, by: "app", to: name, key });
      const next = { from: name, by: key, to: SERVICE, key: "service", claims: { txn, exp: nowSeconds() + 300 } };
      await call(world, { path: "/told/17", chain: await withHop(chain, next) });
      return recordOf(taskOfParty(txn, name));
    };
    const real = await act("jobs");
    const borrowed = await act("mallory").catch(() => undefined);
    const entries = await recordsOf(world, taskOfParty(txn, name), 1);
    expect(real.chain?.actors[1]).toEqual({ iss: CAST.app, sub: name, proof: "registered" });
    expect(borrowed?.chain?.actors[1]).toMatchObject({ proof: "registered" });
    expect(entries).toHaveLength(1);
  });

  test("H9: a child is measured by another name than its delegator's, where the issuer maps the actor", async () => {
    const issuer = `${world.upstream.url}/jwks/oidc`;
    world.upstream.jwks.set("oidc/.well-known/openid-configuration", { issuer, jwks_uri: `${issuer}/keys` });
    world.upstream.jwks.set("oidc/keys", { keys: [{ ...(await keyNamed("oidc")).jwk, kid: "o", use: "sig" }] });
    const txn = `task-${crypto.randomUUID()}`;
    const root = await rootOf({
      claims: {
        iss: issuer,
        email: "a@acme.example",
        acting_app: "https://app.acme.example",
        client_id: "https://app.acme.example/admin",
        tctx: undefined,
        txn,
        scope: undefined,
      },
      header: { typ: "JWT", kid: "o" },
      signedBy: "oidc",
    });
    const from = "https://app.acme.example/admin";
    const chain = await withHop(root, {
      from,
      by: "app",
      to: `${from}/run`,
      key: "run",
      claims: { scope: "orders:read" },
    });
    const answer = await send(chain, "run");
    const [record] = (await recordsOf(world, taskOf(txn, issuer), 1).catch(() => [])) as AuditRecord[];
    expect([answer.slice(0, 3), record?.chain?.actors]).not.toEqual([
      "403",
      [
        { iss: CAST.app, sub: CAST.app, proof: "registered" },
        { iss: CAST.app, sub: `${from}/run`, proof: "child" },
      ],
    ]);
  });

  test("H10: an attested name is made unproven for others by a client name with a space in it", async () => {
    const wit = await mallorys();
    const key = await keyNamed("mallory");
    const poison = await partnerRoot({ client_id: `${hashOf(wit)} ${WIT_NAME}`, cnf: { jkt: key.thumbprint } });
    await bearer(poison);
    const chain = await withHop(await agentChain(), { ...toService, to: WIT_NAME, key: "mallory", header: { wit } });
    expect(await send(chain, "mallory")).toContain("policy_denied");
  });

  test("H11: a registration counts on after it has expired", async () => {
    const name = "spiffe://acme.example/services/brief";
    const expires = new Date(Date.now() + 6000).toISOString();
    await putWorkload(name, { keys: [(await keyNamed("brief-w")).jwk], expires });
    const hop = { ...toService, to: name, key: "brief-w" };
    expect(await send(await withHop(await agentChain(), hop), "brief-w")).toContain("policy_denied");
    const again = async (): Promise<string> => send(await withHop(await agentChain(), hop), "brief-w");
    await expect.poll(again).toContain("actor_expired");
  });

  test("H12: a grant takes a name that is the gateway's to give", async () => {
    expect(await said(await redeem({ txn: "root:x" }))).not.toContain("200");
    expect(await said(await redeem({ txn: "gateway:2026-11-26" }))).not.toContain("200");
  });

  test("H12: a grant of the future, for ten years, stretches the task", async () => {
    const iat = nowSeconds() + 100_000;
    expect(await said(await redeem({ iat, exp: iat + 300_000_000 }))).not.toContain("200");
  });

  test("H10: and a partner's name is attested by the token of another name", async () => {
    const txn = `task-${crypto.randomUUID()}`;
    const wit = await mallorys({ jti: "two" });
    const key = await keyNamed("mallory");
    const hop = { ...toService, to: WIT_NAME, key: "mallory", header: { wit } };
    expect(await send(await withHop(await agentChain(), hop), "mallory")).toContain("policy_denied");
    const claims = { client_id: `${hashOf(wit)} ${WIT_NAME}`, cnf: { jkt: key.thumbprint }, txn };
    await send(await partnerRoot(claims), "mallory");
    const { chain } = await recordOf(taskOf(txn, PARTNER));
    expect(chain?.actors).toEqual([{ iss: PARTNER, sub: claims.client_id, proof: "stated" }]);
  });

  test("H12: a root that does not say when it began has no age", async () => {
    const form = exchangeForm(await personToken({ iat: undefined, aud: "brief-task" }));
    await register(world, {
      client_id: "brief-task",
      actor: "urn:acme:brief-task",
      aliases: ["brief-task"],
      max_task_seconds: 60,
    });
    expect(await said(await ask("brief-task", form))).not.toContain("200");
  });

  test("H13: two clients take one actor at the same time", async () => {
    const actor = "urn:acme:raced";
    const taken: number[] = [];
    for (let round = 0; round < 10; round++) {
      const clients = Array.from({ length: 6 }, (_, k) => ({ client_id: `racer-${k}`, actor: `${actor}-${round}` }));
      const answers = await Promise.all(clients.map((client) => register(world, client)));
      taken.push(answers.filter(({ ok }) => ok).length);
    }
    expect(Math.max(...taken)).toBe(1);
  });

  test.each([["null", null]])("H14: a `may_act` that is %s is answered as a fault of the server", async (_, value) => {
    const answer = await ask("support-agent", exchangeForm(await personToken({ may_act: value })));
    expect(await said(answer)).toMatch(/^400/);
  });

  test("H14: a grant nested ten thousand deep", async () => {
    const depth = 6000;
    const act = `${'{"sub":"a","act":'.repeat(depth)}{"sub":"a"}${"}".repeat(depth)}`;
    const now = nowSeconds();
    const claims = `{"iss":"${PARTNER}","sub":"pat","aud":"${CAST.gateway}","client_id":"desk","scope":"orders:read","iat":${now},"exp":${now + 60},"jti":"deep","act":${act}}`;
    const assertion = await sign(
      { alg: "EdDSA", typ: "oauth-id-jag+jwt", kid: "partner-1" },
      claims,
      await keyNamed("partner-idp"),
    );
    expect(await said(await ask("desk", { grant_type: BEARER_GRANT, assertion }))).toMatch(/^400/);
  });

  test("H15: a foreign root goes on with somebody else's verified workflow, and takes its next step away", async () => {
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

  test("H17: the shipped policies take the caller's own word for the purpose of a refund", async () => {
    const chain = await withHop(await agentChain({ tctx: undefined }), {
      ...toService,
      claims: { tctx: { purpose: "customer-support/i-say-so" } },
    });
    const key = await keyNamed("service");
    const answer = await call(world, { method: "POST", path: "/refunds", chain, key, body: "{}" });
    expect(answer.status).toBe(403);
  });

  test("H17: and a purpose that only begins with the same letters", async () => {
    expect(await send(await agentChain({ tctx: { purpose: "customer-supportless/marketing" } }), "agent")).toContain(
      "policy_denied",
    );
  });

  test("H17: a grant's `tctx` replaces the purpose that its issuer's entry maps", async () => {
    const answer = await redeem({ reason: "marketing", tctx: { purpose: "customer-support/refund" } });
    const body = (await answer.json()) as { access_token?: string };
    const { tctx } = body.access_token === undefined ? { tctx: undefined } : decodeJwt(body.access_token);
    expect(tctx).not.toEqual({ purpose: "customer-support/refund" });
  });

  test("H18: whoever runs under new names below its own has a rate of its own each time", async () => {
    const statuses: string[] = [];
    for (let k = 0; k < 12; k++) {
      const parent = await rootOf({ claims: { scope: "crm:read" } });
      const child = await withHop(await withHop(parent, { ...toAgent, claims: { scope: "crm:read" } }), {
        ...{ from: AGENT, by: "agent", to: `${AGENT}/run-${k}`, key: "run" },
        claims: { scope: "crm:read", exp: nowSeconds() + 300 },
      });
      statuses.push((await send(child, "run", "/crm-limited/7")).slice(0, 3));
    }
    expect(statuses).toContain("429");
  });

  test("H19: a name that a partner puts under a third authority does not stop with the workload that has it", async () => {
    const sub = "spiffe://acme.example/agents/r1";
    const of = async (iss?: string) => bearer(await partnerRoot({ cnf: undefined, act: { sub, ...(iss && { iss }) } }));
    await revoke({ kind: "actor", name: sub });
    expect(await of()).toContain("revoked");
    expect(await of(CAST.app)).toContain("revoked");
  });

  test("H20: a name that is registered with its own keys is borrowed by whoever has the name above it", async () => {
    const name = `${CAST.app}/payments`;
    await putWorkload(name, { keys: [(await keyNamed("payments")).jwk] });
    const txn = `task-${crypto.randomUUID()}`;
    await send(await withHop(await rootOf({ claims: { txn } }), { ...toAgent, to: name, key: "mallory" }), "mallory");
    const { decision } = await recordOf(txn);
    expect(decision?.question.request.principal).not.toEqual({ type: "Workload", id: name });
  });

  test("H22: every name that a delegator makes up stays in the inventory for good", async () => {
    for (let k = 0; k < 12; k++) {
      const txn = `task-${crypto.randomUUID()}`;
      const chain = await withHop(await agentChain({ txn }), { ...toService, to: `urn:made-up:${k}`, key: "mallory" });
      await send(chain, "mallory");
      expect((await recordOf(txn)).outcome).toBe("denied");
    }
    const answer = await fetch(`${world.url}/admin/workloads`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
    const { workloads } = (await answer.json()) as { workloads: { actor: string }[] };
    expect(workloads.filter(({ actor }) => actor.includes("urn:made-up:")).length).toBeLessThan(12);
  });

  test("H23: the end of a task that its root stands for is escaped by naming another", async () => {
    const root = await rootOf({ claims: { txn: undefined } });
    expect(await send(await withHop(root, toAgent), "agent")).toContain("200");
    await revoke({ kind: "task", task: taskOf(`root:${nameOf(root, 0)}`) });
    expect(await send(await withHop(root, toAgent), "agent")).toContain("revoked");
    const claims = { txn: `task-${crypto.randomUUID()}` };
    expect(await send(await withHop(root, { ...toAgent, claims }), "agent")).toContain("revoked");
  });

  test("H2: and a chain that is bound to a key as a bearer token", async () => {
    expect(await introspect(await agentChain(), "support-agent")).not.toMatchObject({ token_type: "Bearer" });
  });

  test("H24: a person who acts for another approves their own request", async () => {
    const act = { sub: "alice" };
    const root = await rootOf({ claims: { sub: "customer-7", act, cnf: { jwk: (await keyNamed("app")).jwk } } });
    const id = await asked(await withHop(root, { ...toAgent, from: "alice" }), "agent");
    expect(await approve(id, "alice")).not.toContain("200");
  });

  test("H25: an address that its issuer has not verified is whoever it names", async () => {
    const txn = `task-${crypto.randomUUID()}`;
    const claims = { iss: PEOPLE, email: "ceo@acme.example", email_verified: false, cnf: undefined, txn };
    expect(await bearer(await rootOf({ claims: { ...claims, tctx: undefined } }))).toContain("root_refused");
  });

  test("H26: a grant that is meant for others, too", async () => {
    expect(await said(await redeem({ aud: [CAST.gateway, "https://as.other.example"] }))).not.toContain("200");
  });

  test("H27: a client signs the step of another actor in a verified workflow", async () => {
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

  test("H28: a chain's root authenticates a client: an SVID for the gateway is both", async () => {
    const now = nowSeconds();
    const svid = await new SignJWT({
      sub: WORKER,
      aud: [CAST.gateway],
      exp: now + 60,
      iat: now,
      jti: crypto.randomUUID(),
    })
      .setProtectedHeader({ alg: "ES256", typ: "JWT", kid: "p" })
      .sign(prodKey);
    expect(await bearer(svid)).toContain("root_refused");
    expect(await said(await ask("support-agent", exchangeForm(svid, { subject_token_type: TYPE.jwt })))).toContain(
      "`aud`, root_refused",
    );
  });

  test("H29: a forbid about a partner's domain is escaped by being unproven: the domain is the name's only where it is proven", async () => {
    const refund = async (client: string): Promise<string> => {
      const from = `https://agents.partner.example/${client}`;
      const root = await rootOf({ claims: { client_id: from, cnf: { jwk: (await keyNamed("partner")).jwk } } });
      const chain = await withHop(await withHop(root, { ...toAgent, from, by: "partner" }), toService);
      const key = await keyNamed("service");
      return said(await call(world, { method: "POST", path: "/refunds", chain, key, body: "{}" }));
    };
    // Registered: `partners-never-write` forbids it.
    expect(await refund("reader")).toContain("partners may only read");
    expect(await refund("writer")).not.toContain("200");
  });

  test("H16: an e-mail address in another Unicode form is another person", async () => {
    const claims = {
      iss: PEOPLE,
      sub: "u-j",
      email: "J\u00fcrgen@acme.example",
      reason: "customer-support",
      tctx: undefined,
    };
    const chain = await withHop(await rootOf({ claims }), { ...toAgent, claims: { scope: "orders:read" } });
    const id = await asked(chain, "agent");
    expect(await approve(id, "Ju\u0308rgen@acme.example", PEOPLE)).not.toContain("200");
  });
});

function taskOfParty(txn: string, name: string): string {
  return taskId(txn, { iss: CAST.app, sub: name }, sha256);
}
