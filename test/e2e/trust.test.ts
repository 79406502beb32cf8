/** Issuers whose keys are fetched: every algorithm, rotation, floods of invented kids, and an issuer that is down. */
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { craftChain, hashOf, keyNamed, sign } from "../vectors/craft.ts";
import { call, chainNow, nowSeconds, refusalOf, seenBy, startWorld, type World } from "./harness.ts";

const READER = "https://agents.partner.example/reader";
/** The key that is registered under the reader's name. */
const READER_KEY = "partner";
const ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"] as const;

interface Pair {
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}
const pairs = new Map<string, Pair>();

async function makePair(alg: string, kid: string): Promise<Pair> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
}

let world: World;
/** The issuer of a test, of which the gateway has not heard in any other. */
let issuer: string;
let keySet: string;
const publish = (...jwks: JWK[]): void => void world.upstream.jwks.set(keySet, { keys: jwks });
const asked = (): number => world.upstream.asked.get(keySet) ?? 0;

/** At least as many as this file has tests that want one. */
const ISSUERS = 20;
const ROTATING = /\[\[issuers\]\]\nissuer = "https:\/\/rotating\.[^[]*/;

beforeAll(async () => {
  for (const alg of ALGORITHMS) pairs.set(alg, await makePair(alg, `key-${alg}`));
  world = await startWorld({
    edit: (config) =>
      config.replace(ROTATING, (block) =>
        Array.from({ length: ISSUERS }, (_, n) => block.replaceAll("rotating", `rotating-${n}`)).join(""),
      ),
  });
  return () => world.stop();
});

let used = 0;
function useNewIssuer(): void {
  expect(used, "every test has an issuer").toBeLessThan(ISSUERS);
  issuer = `https://rotating-${used}.acme.example`;
  keySet = `rotating-${used}.json`;
  used += 1;
  publish(...[...pairs.values()].map(({ jwk }) => jwk));
}

/** The good chain with its root signed by a fetched key, and a leaf that may read for people of any issuer. */
async function chainSignedBy(
  alg: string,
  pair: Pair,
  header: Record<string, unknown> = {},
  iss = issuer,
): Promise<string> {
  const now = nowSeconds();
  const { hops } = await craftChain(now, { 0: { claims: { iss } } });
  const claims = JSON.parse(Buffer.from(hops[0]?.split(".")[1] ?? "", "base64url").toString());
  const root = await new SignJWT(claims)
    .setProtectedHeader({ alg, typ: "at+jwt", kid: String(pair.jwk.kid), ...header })
    .sign(pair.privateKey);
  const rest = await craftChain(now, { 1: { claims: { pth: hashOf(root) } } });
  const reader = { sub: READER, cnf: { jwk: (await keyNamed(READER_KEY)).jwk } };
  const last = await craftChain(now, { 2: { claims: { pth: hashOf(rest.hops[1] as string), ...reader } } });
  return [root, rest.hops[1], last.hops[2]].join("~");
}

/** The reader asks with a chain that ends at it. */
async function read(chain: string): Promise<Response> {
  return call(world, { chain, key: await keyNamed(READER_KEY) });
}

describe("hop 0 signed with", () => {
  beforeAll(useNewIssuer);

  test.each(ALGORITHMS)("%s is accepted, and its changed signature is not", async (alg) => {
    const chain = await chainSignedBy(alg, pairs.get(alg) as Pair);
    const { headers } = await seenBy(await read(chain));
    expect(headers["hop-subject"]).toBe(`"alice";iss="${issuer}"`);
    const [root, ...rest] = chain.split("~") as [string, ...string[]];
    const at = root.lastIndexOf(".") + 5;
    const forged = [root.slice(0, at) + (root[at] === "A" ? "B" : "A") + root.slice(at + 1), ...rest].join("~");
    const { description } = await refusalOf(await read(forged));
    expect(description).toMatch(/hop [01]: .*(signature_invalid|parent_hash_mismatch)/);
    const alone = (
      await refusalOf(await call(world, { chain: forged.split("~")[0] as string, key: await keyNamed("app") }))
    ).description;
    expect(alone).toContain("signature_invalid");
  });

  test("an algorithm that is not the key's is refused", async () => {
    const { privateKey, jwk } = pairs.get("RS256") as Pair;
    const pss = await crypto.subtle.importKey(
      "pkcs8",
      await crypto.subtle.exportKey("pkcs8", privateKey),
      { name: "RSA-PSS", hash: "SHA-256" },
      true,
      ["sign"],
    );
    const chain = await chainSignedBy("PS256", { privateKey: pss, jwk });
    expect((await refusalOf(await read(chain))).description).toContain("alg_mismatch");
  });
});

describe("a hop", () => {
  test("is accepted signed with ES256 by the P-256 key of its parent, and refused signed by another", async () => {
    const now = nowSeconds();
    const { privateKey, jwk } = await makePair("ES256", "app-p256");
    const { kty, crv, x, y } = jwk;
    const root = (await craftChain(now, { 0: { claims: { cnf: { jwk: { kty, crv, x, y } } } } }, 1)).chain;
    const good = JSON.parse(
      Buffer.from((await chainNow({}, 2)).split("~")[1]?.split(".")[1] ?? "", "base64url").toString(),
    );
    const header = { alg: "ES256", typ: "hop+jwt" };
    const hop = await new SignJWT({ ...good, pth: hashOf(root) }).setProtectedHeader(header).sign(privateKey);
    const key = await keyNamed("agent");
    expect((await call(world, { chain: `${root}~${hop}`, key })).status).toBe(200);
    const stranger = await makePair("ES256", "stranger");
    const forged = await new SignJWT({ ...good, pth: hashOf(root) })
      .setProtectedHeader(header)
      .sign(stranger.privateKey);
    const refusal = await refusalOf(await call(world, { chain: `${root}~${forged}`, key }));
    expect(refusal.description).toContain("hop 1: ");
    expect(refusal.description).toContain("signature_invalid");
    const eddsa = await sign({ alg: "EdDSA", typ: "hop+jwt" }, { ...good, pth: hashOf(root) }, await keyNamed("app"));
    expect((await refusalOf(await call(world, { chain: `${root}~${eddsa}`, key }))).description).toContain(
      "alg_mismatch",
    );
  });
});

describe("fetching", () => {
  beforeEach(useNewIssuer);

  test("many requests at once fetch the keys once", async () => {
    const chain = await chainSignedBy("ES256", pairs.get("ES256") as Pair);
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await read(chain)).status));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(asked()).toBe(1);
  });

  test("a new key is found by its kid; an invented kid does not make the gateway ask again and again", async () => {
    await seenBy(await read(await chainSignedBy("ES256", pairs.get("ES256") as Pair)));
    expect(asked()).toBe(1);
    const next = await makePair("ES256", "next");
    publish(next.jwk);
    for (let i = 0; i < 10; i++) {
      const chain = await chainSignedBy("ES256", next, { kid: `invented-${i}` });
      expect((await refusalOf(await read(chain))).description).toContain("key_unknown");
    }
    expect(asked()).toBeLessThanOrEqual(2);
  });

  test("an unknown issuer is never asked", async () => {
    const chain = await chainSignedBy("ES256", pairs.get("ES256") as Pair, {}, "https://evil.example");
    expect((await refusalOf(await read(chain))).description).toContain("issuer_unknown");
    expect(asked()).toBe(0);
  });

  test("of keys that are not known yet fails with 503 while the issuer is down", async () => {
    const chain = await chainSignedBy("ES256", pairs.get("ES256") as Pair, {}, "https://down.acme.example");
    const response = await read(chain);
    expect(response.headers.get("retry-after")).toBe("5");
    const refusal = await refusalOf(response);
    expect(refusal).toMatchObject({ status: 503, error: "temporarily_unavailable" });
    expect(refusal.description).toContain("trust_unavailable");
  });

  test("known keys stay valid while the issuer is down", async () => {
    const chain = await chainSignedBy("ES256", pairs.get("ES256") as Pair);
    await seenBy(await read(chain));
    world.upstream.jwks.set(keySet, undefined);
    expect((await read(chain)).status).toBe(200);
  });

  test("is not needed by a new isolate that has the keys from KV", async () => {
    const kv = await world.gateway.miniflare.getKVNamespace("KV");
    const { jwk } = pairs.get("ES256") as Pair;
    await kv.put(`jwks:${issuer}`, JSON.stringify({ keys: [jwk], fetched: Date.now() }));
    world.upstream.jwks.set(keySet, undefined);
    const chain = await chainSignedBy("ES256", pairs.get("ES256") as Pair);
    expect((await read(chain)).status).toBe(200);
    expect(asked()).toBe(0);
  });

  test("accepts the usable keys of a set that has unusable ones too", async () => {
    const { jwk } = pairs.get("ES256") as Pair;
    publish({ kty: "oct", k: "AA", kid: "secret" }, { kty: "RSA", n: "AQAB", e: "AQAB", kid: "weak" }, jwk);
    const chain = await chainSignedBy("ES256", pairs.get("ES256") as Pair);
    expect((await read(chain)).status).toBe(200);
  });
});

describe("an entry of keys in KV that", () => {
  beforeEach(useNewIssuer);

  const put = async (value: string): Promise<void> =>
    (await world.gateway.miniflare.getKVNamespace("KV")).put(`jwks:${issuer}`, value);
  const signed = (): Promise<string> => chainSignedBy("ES256", pairs.get("ES256") as Pair);

  test.each([
    ["is no JSON", "{"],
    ["is null", "null"],
    ["is of another form", '{"keys":"none","fetched":{}}'],
  ])("%s fails no request, and is replaced by the issuer's keys", async (_, value) => {
    await put(value);
    expect((await read(await signed())).status).toBe(200);
    const kv = await world.gateway.miniflare.getKVNamespace("KV");
    expect(JSON.parse((await kv.get(`jwks:${issuer}`, "text")) ?? "{}")).toMatchObject({ keys: expect.any(Array) });
  });

  test("is a year old is not accepted, because the issuer may have withdrawn the key", async () => {
    const leaked = await makePair("ES256", "leaked-2025");
    await put(JSON.stringify({ keys: [leaked.jwk], fetched: Date.now() - 365 * 86_400_000 }));
    const { status, description } = await refusalOf(await read(await chainSignedBy("ES256", leaked)));
    expect([status, description]).toEqual([401, expect.stringContaining("key_unknown")]);
    expect(asked()).toBe(1);
  });

  test("is a year old is not accepted while the issuer is down either", async () => {
    const leaked = await makePair("ES256", "leaked-2025");
    await put(JSON.stringify({ keys: [leaked.jwk], fetched: Date.now() - 365 * 86_400_000 }));
    world.upstream.jwks.set(keySet, undefined);
    expect((await read(await chainSignedBy("ES256", leaked))).status).toBe(503);
  });
});
