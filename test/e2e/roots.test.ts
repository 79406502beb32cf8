/** Roots from OpenID providers, SPIFFE trust domains and CI jobs, each exchanged for a token of the gateway. */
import { decodeJwt } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CAST, keyNamed, sign } from "../vectors/craft.ts";
import { nowSeconds, startWorld, type World } from "./harness.ts";
import { basic, exchange, ORDERS, register, TYPE } from "./oauth.ts";

let world: World;
beforeAll(async () => {
  // Not the shared one: `/readyz` looks for the keys of all issuers, and those that are missing are asked for again
  // after ten seconds.
  world = await startWorld();
  await register(world, { client_id: "deployer", actor: "urn:acme:deployer", aliases: ["deployer"] });
  const { jwks, url } = world.upstream;
  const key = async (name: string, kid: string, use: string) => ({ ...(await keyNamed(name)).jwk, kid, use });
  const issuer = `${url}/jwks/oidc`;
  jwks.set("oidc/.well-known/openid-configuration", { issuer, jwks_uri: `${url}/jwks/oidc/keys` });
  jwks.set("oidc/keys", { keys: [await key("oidc", "o", "sig")] });
  jwks.set("bundle.json", {
    spiffe_sequence: 1,
    spiffe_refresh_hint: 60,
    keys: [await key("svid", "s", "jwt-svid"), await key("x509", "x", "x509-svid")],
  });
});

afterAll(() => world.stop());

async function rootOf(claims: Record<string, unknown>, signedBy: string, kid: string): Promise<string> {
  const now = nowSeconds();
  const all = { aud: "deployer", iat: now - 5, exp: now + 600, jti: crypto.randomUUID(), ...claims };
  return sign({ alg: "EdDSA", typ: "JWT", kid }, all, await keyNamed(signedBy));
}

async function exchanged(token: string): Promise<[number, Record<string, unknown>]> {
  const form = { subject_token: token, subject_token_type: TYPE.jwt, audience: ORDERS };
  const response = await exchange(world, form, basic("deployer"));
  const body = (await response.json()) as Record<string, unknown>;
  return [response.status, response.ok ? decodeJwt(body["access_token"] as string) : body];
}

test("a token of an OpenID provider that is found by discovery is accepted, with the provider's names of claims", async () => {
  const issuer = `${world.upstream.url}/jwks/oidc`;
  const token = await rootOf(
    {
      iss: issuer,
      sub: "248289761001",
      email: "alice@acme.example",
      acting_app: "urn:acme:portal",
      reason: "customer-support",
    },
    "oidc",
    "o",
  );
  expect(await exchanged(token)).toMatchObject([
    200,
    {
      sub_id: { format: "iss_sub", iss: issuer, sub: "alice@acme.example" },
      act: { sub: "urn:acme:deployer", iss: CAST.gateway, act: { sub: "urn:acme:portal", iss: issuer } },
      tctx: { purpose: "customer-support" },
      purpose_by: { iss: issuer, sub: issuer },
    },
  ]);
});

test("a discovery document of another issuer is not accepted", async () => {
  const { jwks, url } = world.upstream;
  const issuer = `${url}/jwks/borrowed`;
  const borrowed = { issuer: "https://evil.example", jwks_uri: `${url}/jwks/oidc/keys` };
  jwks.set("borrowed/.well-known/openid-configuration", borrowed);
  expect(await exchanged(await rootOf({ iss: issuer, sub: "s" }, "oidc", "o"))).toMatchObject([
    503,
    { error: "temporarily_unavailable" },
  ]);
});

const SPIRE = "https://spire.prod.example";
test("a JWT-SVID is verified by the bundle of its trust domain", async () => {
  const sub = "spiffe://prod.example/ns/orders/sa/worker";
  expect(await exchanged(await rootOf({ iss: SPIRE, sub }, "svid", "s"))).toMatchObject([
    200,
    {
      sub_id: { iss: "spiffe://prod.example", sub },
      act: { sub: "urn:acme:deployer", act: { sub, iss: "spiffe://prod.example" } },
    },
  ]);
});
test("a JWT signed by a key of the bundle that is for X.509 is refused", async () => {
  const [status, body] = await exchanged(await rootOf({ iss: SPIRE, sub: "spiffe://prod.example/a" }, "x509", "x"));
  expect([status, body["error_description"]]).toEqual([400, expect.stringContaining("key_unknown")]);
});
test.each([
  "spiffe://other.example/worker",
  "spiffe://prod.example",
  "spiffe://prod.example/",
  "spiffe://prod.example/a//b",
  "spiffe://prod.example/a/../b",
  "spiffe://prod.example/a?b",
  "spiffe://prod.example/%61",
  "spiffe://prod.example.evil.example/a",
  "SPIFFE://prod.example/a",
  "alice",
])("a subject that is not a SPIFFE ID of the trust domain is refused: %s", async (sub) => {
  const [status, body] = await exchanged(await rootOf({ iss: SPIRE, sub }, "svid", "s"));
  expect([status, body["error_description"]]).toEqual([400, expect.stringContaining("`sub`, root_refused")]);
});

const JOB = {
  iss: "https://ci.example",
  sub: "repo:acme/orders:ref:refs/heads/main",
  repository: "acme/orders",
  ref: "refs/heads/main",
};
test.each([["refs/heads/main"], ["refs/tags/v1.2.3"]])("a CI job of the repository is accepted on %s", async (ref) => {
  expect(await exchanged(await rootOf({ ...JOB, ref }, "idp", "idp-1"))).toMatchObject([200, { sub: JOB.sub }]);
});
test.each([
  ["another branch", { ref: "refs/heads/main2" }, "ref"],
  ["another repository", { repository: "mallory/orders" }, "repository"],
  ["no repository", { repository: undefined }, "repository"],
  ["an object in its place", { repository: { toString: "acme/orders" } }, "repository"],
])("a CI job with %s is refused, and the error names the claim", async (_, claims, member) => {
  const token = await rootOf(
    Object.fromEntries(Object.entries({ ...JOB, ...claims }).filter(([, value]) => value !== undefined)),
    "idp",
    "idp-1",
  );
  const [status, body] = await exchanged(token);
  expect([status, body["error_description"]]).toEqual([400, expect.stringContaining(`\`${member}\`, root_refused`)]);
});
