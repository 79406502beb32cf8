/**
 * Two gateways in two trust domains: a grant of one becomes a token of the other, and neither accepts the other's
 * tokens.
 */
import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CAST, keyNamed, sign } from "../vectors/craft.ts";
import { nowSeconds, startWorld, type World } from "./harness.ts";
import { AGENT, basic, exchange, grantedBy, personToken, post, register } from "./oauth.ts";
import { sharedWorld } from "./shared-world.ts";

const PARTNER = "https://gateway.partner.example";
const READER = "https://agents.partner.example/reader";
/** The partner's route of orders. */
const PARTNER_ORDERS = `${PARTNER}/orders`;
const ID_JAG = "urn:ietf:params:oauth:token-type:id-jag";
const BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";

let acme: World;
let partner: World;
beforeAll(async () => {
  acme = await sharedWorld();
  await register(acme, { client_id: "support-agent", actor: AGENT, domains: { [PARTNER]: "acme-support" } });
  await register(acme, { client_id: "homebody", actor: "urn:acme:homebody", aliases: ["support-agent"] });
  const trusting = `
[[issuers]]
issuer = "${CAST.gateway}"
jwks_uri = "${acme.url}/.well-known/jwks.json"
grants = true
scopes = { "orders:read" = "orders:read", "payouts:write" = "orders:write" }

[[issuers]]
issuer = "https://idp.untrusted.example"
keys = [{ kty = "OKP", crv = "Ed25519", x = "${(await keyNamed("idp")).x}", kid = "idp-1" }]
`;
  partner = await startWorld({
    edit: (config) =>
      config.replace(`id = "${CAST.gateway}"`, `id = "${PARTNER}"`).replace("[oauth]", `${trusting}\n[oauth]`),
  });
  const what = {
    audiences: [PARTNER_ORDERS],
    scopes: ["orders:read", "orders:write", "refunds:write"],
    grants: [BEARER],
  };
  await register(partner, { client_id: "acme-support", actor: READER, ...what });
  await register(partner, { client_id: "someone-else", actor: "urn:partner:else", ...what });
});
afterAll(() => partner.stop());

const grantFor = async (form: Record<string, string> = {}, claims: Record<string, unknown> = {}): Promise<string> => {
  const all = {
    subject_token: await personToken(claims),
    requested_token_type: ID_JAG,
    audience: PARTNER,
    scope: "orders:read refunds:write",
    ...form,
  };
  const granted = await grantedBy(await exchange(acme, all));
  expect(granted).toMatchObject({ issued_token_type: ID_JAG, token_type: "N_A" });
  return granted.access_token;
};
const redeem = (assertion: string, who = "acme-support", form: Record<string, string> = {}): Promise<Response> =>
  post(partner, "/oauth/token", { grant_type: BEARER, assertion, audience: PARTNER_ORDERS, ...form }, basic(who));

test("a person's task continues in another domain, with every actor", async () => {
  const txn = `task-${crypto.randomUUID()}`;
  const grant = await grantFor({ resource: PARTNER_ORDERS }, { txn });
  expect(decodeProtectedHeader(grant)).toMatchObject({ typ: "oauth-id-jag+jwt" });
  expect(decodeJwt(grant)).toMatchObject({
    iss: CAST.gateway,
    aud: PARTNER,
    sub: "alice",
    client_id: "acme-support",
    resource: PARTNER_ORDERS,
    sub_id: { format: "iss_sub", iss: CAST.issuer, sub: "alice" },
    txn_by: { iss: CAST.issuer, sub: CAST.issuer },
    purpose_by: { iss: CAST.issuer, sub: CAST.issuer },
    act: { sub: AGENT, iss: "spiffe://acme.example" },
    act_proof: ["registered"],
  });

  const token = decodeJwt((await grantedBy(await redeem(grant))).access_token);
  expect(token).toMatchObject({
    iss: PARTNER,
    sub: `${CAST.issuer} alice`,
    aud: PARTNER_ORDERS,
    // What the table of scopes does not list has not crossed.
    scope: "orders:read",
    txn,
    // Whatever it calls them, the other domain answers for everybody who comes from there.
    sub_id: { format: "iss_sub", iss: CAST.gateway, sub: `${CAST.issuer} alice` },
    txn_by: { iss: CAST.gateway, sub: CAST.gateway },
    act: { sub: READER, iss: "https://agents.partner.example", act: { sub: AGENT, iss: CAST.gateway } },
    act_proof: ["stated", "registered"],
  });
  // Its issuer, its subject by three names (`sub`, and whose it is by `sub_id`, as told and by itself), its client and
  // the grant itself: revoking one of them ends the token.
  expect(token["lineage"]).toHaveLength(6);
});

test("a token has the audience of its grant if the request names none", async () => {
  const several = `${PARTNER}/refunds`;
  await register(partner, {
    client_id: "acme-support",
    actor: READER,
    audiences: [several, PARTNER_ORDERS],
    scopes: ["orders:read"],
    grants: [BEARER],
  });
  const ask = async (form: Record<string, string>) =>
    post(partner, "/oauth/token", { grant_type: BEARER, ...form }, basic("acme-support"));
  for (const resource of [PARTNER_ORDERS, several]) {
    const { access_token: token } = await grantedBy(await ask({ assertion: await grantFor({ resource }) }));
    expect(decodeJwt(token).aud).toBe(resource);
  }
  const other = await ask({ assertion: await grantFor({ resource: several }), resource: PARTNER_ORDERS });
  expect(await other.json()).toMatchObject({ error: "invalid_target" });
});

describe("a grant with authorization details", () => {
  const [read, write] = [
    { type: "order", action: "read" },
    { type: "order", action: "write" },
  ] as const;
  const grantWith = (details?: object[]) => grantFor({}, { authorization_details: details });
  const choose = (assertion: string, asked: string) =>
    redeem(assertion, "acme-support", { authorization_details: asked });

  test("becomes a token with those that the client asks for, or with all", async () => {
    for (const [answer, expected] of [
      [await redeem(await grantWith([read, write])), [read, write]],
      [await choose(await grantWith([read, write]), JSON.stringify([write])), [write]],
      [await choose(await grantWith([read, write]), "[]"), []],
    ] as const) {
      const granted = await grantedBy(answer);
      expect(decodeJwt(granted.access_token)["authorization_details"]).toEqual(expected);
      expect(granted).toMatchObject({ authorization_details: expected });
    }
  });

  test.each<[string, string, object[]?]>([
    ["more than it has", JSON.stringify([write]), [read]],
    ["a detail that is like one of its own", JSON.stringify([{ ...read, more: true }]), [read]],
    ["details of a grant that has none", JSON.stringify([read])],
    ["what is not JSON", "read", [read]],
  ])("is refused if the client asks for %s, and can still be used", async (_, asked, details) => {
    const assertion = await grantWith(details);
    const answer = await choose(assertion, asked);
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: "invalid_authorization_details" }]);
    expect((await redeem(assertion)).status).toBe(200);
  });
});

test("a task without a `txn` continues in the other domain under the hash of its root", async () => {
  const grant = await grantFor({}, { txn: undefined });
  const { txn } = decodeJwt(grant);
  expect(txn).toMatch(/^[\w-]{43}$/);
  expect(decodeJwt((await grantedBy(await redeem(grant))).access_token)).toMatchObject({ txn });
});

test.each([
  ["a server that the client is not registered at", "https://elsewhere.example", "support-agent"],
  ["a client that may take no grants", PARTNER, "homebody"],
])("no grant is issued for %s", async (_, audience, who) => {
  const form = { subject_token: await personToken(), requested_token_type: ID_JAG, audience };
  const response = await exchange(acme, form, basic(who));
  expect([response.status, await response.json()]).toMatchObject([400, { error: "invalid_target" }]);
});

type Make = () => Promise<string>;
async function forged(claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): Promise<string> {
  const now = nowSeconds();
  const all = {
    iss: "https://idp.acme.example",
    sub: "alice",
    aud: PARTNER,
    client_id: "acme-support",
    scope: "orders:read",
    iat: now,
    exp: now + 60,
    jti: crypto.randomUUID(),
    ...claims,
  };
  return sign({ alg: "EdDSA", typ: "oauth-id-jag+jwt", kid: "idp-1", ...header }, all, await keyNamed("idp"));
}
interface Refused {
  readonly what: string;
  readonly because: string;
  readonly make: Make;
  readonly who?: string;
}

/** A grant for a third domain, by a client that may go there. */
async function grantElsewhere(): Promise<string> {
  const domains = { "https://third.example": "acme-support" };
  await register(acme, { client_id: "traveller", actor: "urn:acme:traveller", aliases: ["support-agent"], domains });
  const form = { requested_token_type: ID_JAG, audience: "https://third.example", scope: "orders:read" };
  const response = await exchange(acme, { subject_token: await personToken(), ...form }, basic("traveller"));
  return (await grantedBy(response)).access_token;
}

async function withOtherSignature(): Promise<string> {
  const [header, payload] = (await grantFor()).split(".");
  return [header, payload, (await forged()).split(".")[2]].join(".");
}

const REFUSED: readonly Refused[] = [
  { what: "of another client", because: "another client's", make: () => grantFor(), who: "someone-else" },
  { what: "for another server", because: "`aud`", make: grantElsewhere },
  { what: "of an issuer whose grants are not accepted", because: "not accepted here", make: () => forged() },
  {
    what: "of an issuer that nobody knows",
    because: "not accepted here",
    make: () => forged({ iss: "https://evil.example" }),
  },
  {
    what: "that is an access token",
    because: "`typ`",
    make: async () => (await grantedBy(await exchange(acme, { subject_token: await personToken() }))).access_token,
  },
  { what: "signed by a stranger", because: "its signature does not verify", make: withOtherSignature },
  { what: "that is no JWT", because: "not a JWT", make: async () => "garbage" },
];

test.each(REFUSED)("an assertion $what is refused", async ({ because, make, who }) => {
  const response = await redeem(await make(), who);
  const body = (await response.json()) as Record<string, unknown>;
  expect([response.status, body["error"]]).toEqual([400, "invalid_grant"]);
  expect(body["error_description"]).toContain(because);
});

test("a grant is accepted once", async () => {
  const grant = await grantFor();
  expect((await redeem(grant)).status).toBe(200);
  expect(await (await redeem(grant)).json()).toMatchObject({
    error: "invalid_grant",
    error_description: expect.stringContaining("used before"),
  });
});

test("an access token of one domain is refused as a subject token in the other", async () => {
  const token = (await grantedBy(await exchange(acme, { subject_token: await personToken(), audience: CAST.gateway })))
    .access_token;
  const response = await post(
    partner,
    "/oauth/token",
    {
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: token,
      subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
      audience: PARTNER_ORDERS,
    },
    basic("acme-support"),
  );
  expect(await response.json()).toMatchObject({ error: "unauthorized_client" });
});
