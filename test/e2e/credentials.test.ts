/** How a chain may be presented, and the proof of possession that must come with it. */
import { importJWK, SignJWT } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { hashOf, keyNamed, leafKey } from "../vectors/craft.ts";
import { type CallOptions, call, chainNow, nowSeconds, proofFor, refusalOf, seenBy, type World } from "./harness.ts";
import { sharedWorld } from "./shared-world.ts";

let world: World;
beforeAll(async () => {
  world = await sharedWorld();
});

const get = (headers: Record<string, string>, path = "/orders/17"): Promise<Response> =>
  fetch(world.url + path, { headers });

describe("credentials", () => {
  test("no chain: 401, the schemes of the route, and no error code in the challenge", async () => {
    const refusal = await refusalOf(await get({}));
    expect(refusal).toMatchObject({ status: 401, error: "invalid_token", rule: "credential_missing" });
    const metadata = 'resource_metadata="http:[^"]*/.well-known/oauth-protected-resource/orders"';
    expect(refusal.challenge).toMatch(
      new RegExp(
        `^Bearer scope="orders:read", ${metadata}, DPoP algs="EdDSA Ed25519 ES256 ES384 RS256 PS256", ${metadata}$`,
      ),
    );
  });

  test("a route for messages asks for an envelope", async () => {
    const answer = await fetch(`${world.url}/jobs/refunds`, { method: "POST" });
    expect(answer.headers.get("www-authenticate")).toMatch(
      /^Envelope algs="[^"]+", scope="[^"]+", resource_metadata="[^"]+"$/,
    );
  });

  test("the body names rule, hop and claim as members", async () => {
    const chain = await chainNow({ 2: { claims: { scope: "orders:read orders:delete" } } });
    const answer = await call(world, { chain, headers: { accept: "application/problem+json" } });
    expect(await answer.json()).toMatchObject({ rule: "scope_widened", hop: 2, claim: "scope", status: 401 });
  });

  test("problem+json if the request accepts it", async () => {
    const response = await get({ accept: "application/problem+json" });
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ status: 401, title: "invalid_token", error: "invalid_token" });
  });

  test("answers are never cached", async () => {
    expect((await get({})).headers.get("cache-control")).toBe("no-store");
  });

  test("another scheme", async () => {
    const refusal = await refusalOf(await get({ authorization: "Basic YTpi" }));
    expect(refusal).toMatchObject({ status: 400, error: "invalid_request" });
    expect(refusal.description).toContain("credential_scheme");
  });

  test("two credentials at once", async () => {
    const chain = await chainNow();
    const refusal = await refusalOf(await get({ authorization: `DPoP ${chain}`, "txn-token": chain }));
    expect(refusal.description).toContain("credential_ambiguous");
  });

  test("characters that a chain cannot contain", async () => {
    const refusal = await refusalOf(await get({ authorization: "DPoP a b c", dpop: "x" }));
    expect(refusal.description).toContain("credential_malformed");
  });
});

describe("paths and methods", () => {
  test.each([
    "/orders//17",
    "/orders/%2e%2e/refunds%2f",
    "/orders/a%2fb",
    "/orders/a%5cb",
    "/orders/%41",
    "/orders/%zz",
    "/orders/a%00",
  ])("%s could be read as another path", async (path) => {
    const refusal = await refusalOf(await get({}, path));
    expect(refusal).toMatchObject({ status: 400, error: "invalid_request" });
    expect(refusal.description).toContain("path_ambiguous");
  });

  test("an unknown path", async () => {
    expect(await refusalOf(await get({}, "/nowhere"))).toMatchObject({ status: 404, error: "not_found" });
  });

  test("a method that the route does not serve", async () => {
    const response = await fetch(`${world.url}/orders/17`, { method: "DELETE" });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, POST");
  });
});

describe("a root that its issuer has signed", () => {
  const refused = async (claims: Record<string, unknown>): Promise<unknown> =>
    refusalOf(await call(world, { chain: await chainNow({ 0: { claims } }) }));

  test("with an authentication in the future is refused, and is not fresh", async () => {
    const refusal = await refused({ auth_time: nowSeconds() + 3600 });
    expect(refusal).toMatchObject({ status: 401, rule: "root_refused" });
  });

  test.each([
    ["null", null],
    ["a text", "agent"],
    ["without `sub`", { iss: "https://idp.acme.example" }],
  ])("with an inner `act` that is %s is refused, and is not an error of the gateway", async (_, inner) => {
    const refusal = await refused({ act: { sub: "https://app.acme.example", act: inner } });
    expect(refusal).toMatchObject({ status: 401, rule: "claim_type" });
  });
});

describe("DPoP (RFC 9449, 4.3)", () => {
  const refused = async (options: CallOptions): Promise<string> => {
    const refusal = await refusalOf(await call(world, options));
    expect(refusal).toMatchObject({ status: 401, error: "invalid_dpop_proof" });
    return refusal.description;
  };

  test("no proof", async () => {
    const refusal = await refusalOf(await get({ authorization: `DPoP ${await chainNow()}` }));
    expect(refusal).toMatchObject({ status: 401, error: "invalid_dpop_proof" });
    expect(refusal.description).toContain("proof_missing");
  });

  test("a proof that was used before", async () => {
    const chain = await chainNow();
    const headers = { authorization: `DPoP ${chain}`, dpop: await proofFor(world, chain, {}) };
    expect((await get(headers)).status).toBe(200);
    const refusal = await refusalOf(await get(headers));
    expect(refusal.description).toContain("proof_replayed");
  });

  test("one of two concurrent uses of a proof", async () => {
    const chain = await chainNow();
    const headers = { authorization: `DPoP ${chain}`, dpop: await proofFor(world, chain, {}) };
    const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await get(headers)).status));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  });

  test("a refused request does not spend its proof", async () => {
    const chain = await chainNow({ 2: { claims: { scope: "refunds:write" } } });
    const headers = {
      authorization: `DPoP ${chain}`,
      dpop: await proofFor(world, chain, { proof: { ath: hashOf("other") } }),
    };
    expect((await refusalOf(await get(headers))).description).toContain("proof_chain");
    expect((await refusalOf(await get(headers))).description).toContain("proof_chain");
  });

  test("a proof by somebody else's key", async () => {
    expect(await refused({ key: await keyNamed("mallory") })).toContain("proof_key_mismatch");
  });
  test("a proof by the key of an earlier hop", async () => {
    expect(await refused({ key: await keyNamed("agent") })).toContain("proof_key_mismatch");
  });
  test("a proof for another chain", async () => {
    expect(await refused({ proof: { ath: hashOf("another chain") } })).toContain("proof_chain");
  });
  test("a proof for another method", async () => {
    expect(await refused({ proof: { htm: "POST" } })).toContain("proof_method");
  });
  test("a proof for another address", async () => {
    expect(await refused({ proof: { htu: "https://other.example/orders/17" } })).toContain("proof_target");
  });
  test("a proof of two minutes ago", async () => {
    expect(await refused({ proof: { iat: nowSeconds() - 120 } })).toContain("proof_stale");
  });
  test("a proof from the future", async () => {
    expect(await refused({ proof: { iat: nowSeconds() + 60 } })).toContain("proof_stale");
  });
  test("a proof without a jti", async () => {
    expect(await refused({ proof: { jti: undefined } })).toContain("proof_malformed");
  });
  test("a JWT of another type", async () => {
    expect(await refused({ proofHeader: { typ: "JWT" } })).toContain("proof_malformed");
  });
  test("a proof that claims another key than it is signed with", async () => {
    const { jwk } = await leafKey();
    expect(await refused({ key: await keyNamed("mallory"), proofHeader: { jwk } })).toContain("proof_signature");
  });
  test("garbage", async () => {
    const refusal = await refusalOf(await get({ authorization: `DPoP ${await chainNow()}`, dpop: "x.y.z" }));
    expect(refusal.description).toContain("proof_malformed");
  });
  test("query and fragment do not count", async () => {
    expect((await call(world, { path: "/orders/17?x=1" })).status).toBe(200);
  });
});

describe("Bearer", () => {
  const unbound = { 0: { claims: { cnf: undefined } } };

  test("a chain that names no key, if the route allows it", async () => {
    const root = { 0: { claims: { cnf: undefined, client_id: "https://agents.partner.example/reader" } } };
    const response = await get({ authorization: `Bearer ${await chainNow(root, 1)}` });
    expect(response.status).toBe(200);
  });
  test("a chain that is bound to a key is refused as a bearer token", async () => {
    const refusal = await refusalOf(await get({ authorization: `Bearer ${await chainNow()}` }));
    expect(refusal).toMatchObject({ status: 401, error: "invalid_token", rule: "proof_missing" });
    expect(refusal.challenge).toMatch(/^Bearer error="invalid_token", error_description="[^"]*proof_missing\)"/);
  });
  test("a route that does not allow it", async () => {
    const refusal = await refusalOf(await get({ authorization: `Bearer ${await chainNow(unbound, 1)}` }, "/proven/17"));
    expect(refusal.description).toContain("proof_not_accepted");
  });
  test("a Txn-Token of its own header", async () => {
    const root = {
      0: { header: { typ: "at+jwt" }, claims: { cnf: undefined, client_id: "https://agents.partner.example/reader" } },
    };
    expect((await get({ "txn-token": await chainNow(root, 1) })).status).toBe(200);
  });
});

describe("WIMSE proof token", () => {
  const present = async (
    changes: Record<string, unknown> = {},
    method = "GET",
    path = "/orders/17",
    chain: string | Promise<string> = chainNow(),
  ) => {
    const credential = await chain;
    const key = await leafKey();
    const claims = {
      aud: world.url + path,
      htm: "GET",
      exp: nowSeconds() + 30,
      jti: crypto.randomUUID(),
      wth: hashOf(credential),
      ...changes,
    };
    const proof = await new SignJWT(claims)
      .setProtectedHeader({ alg: "EdDSA", typ: "wpt+jwt" })
      .sign(await importJWK({ ...key.jwk, d: Buffer.from(key.seed).toString("base64url") }, "EdDSA"));
    const headers = { "workload-identity-token": credential, "workload-proof-token": proof };
    return fetch(world.url + path, { method, headers });
  };

  test("a proof over the whole chain", async () => {
    const seen = await seenBy(await present());
    expect(seen.headers["workload-identity-token"]).toBeUndefined();
    expect(seen.headers["workload-proof-token"]).toBeUndefined();
  });
  test("for another chain", async () => {
    const refusal = await refusalOf(await present({ wth: hashOf("other") }));
    expect(refusal).toMatchObject({ status: 401, error: "invalid_token", rule: "proof_chain" });
    expect(refusal.challenge).toMatch(/^Bearer error="invalid_token", /);
  });
  test("by the algorithm that the key of the last hop names, and by no other name of it", async () => {
    const { jwk } = await leafKey();
    const named = (alg: string) => chainNow({ 2: { claims: { cnf: { jwk: { ...jwk, alg } } } } });
    expect((await present({}, "GET", "/orders/17", named("EdDSA"))).status).toBe(200);
    const refused = await refusalOf(await present({}, "GET", "/orders/17", named("Ed25519")));
    expect(refused.description).toContain("`alg`, proof_malformed");
  });
  test.each(["ath", "tth", "oth"])(
    "that names another token by `%s`, if the request has only the chain",
    async (name) => {
      const hash = name === "oth" ? { "x-other": hashOf("other") } : hashOf("other");
      expect((await refusalOf(await present({ [name]: hash }))).description).toContain(`\`${name}\``);
    },
  );
  test("that has expired is stale", async () => {
    expect(await refusalOf(await present({ exp: nowSeconds() - 1 }))).toMatchObject({ rule: "proof_stale" });
  });
  test("for another address", async () => {
    expect((await refusalOf(await present({ aud: "https://other.example/" }))).description).toContain("proof_target");
  });
  test.each<[string, Record<string, unknown>, string, string, string | undefined]>([
    ["made for GET and used for POST", {}, "POST", "/orders/17", "proof_method"],
    ["for no method, on a route with several", { htm: undefined }, "GET", "/orders/17", "proof_method"],
    ["for no method, on a route with one", { htm: undefined }, "GET", "/proven/17", undefined],
    ["for another method than the one of its route", { htm: "POST" }, "GET", "/proven/17", "proof_method"],
  ])("%s", async (_, changes, method, path, rule) => {
    const answer = await present(changes, method, path);
    if (rule === undefined) expect(answer.status).toBe(200);
    else expect((await refusalOf(answer)).description).toContain(`${rule})`);
  });
  test("that lives for an hour", async () => {
    expect((await refusalOf(await present({ exp: nowSeconds() + 3600 }))).description).toContain("proof_stale");
  });
});
