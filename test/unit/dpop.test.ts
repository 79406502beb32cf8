/** DPoP proofs by keys of every kind: which are read, which stand, and under which name. */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import module from "../../dist/core.wasm?module";
import { instantiateCoreSync } from "../../wasm/core.ts";
import { readDpop, verifyDpopProof } from "../../worker/proof/dpop.ts";

const core = instantiateCoreSync(module);
const NOW = 1795478400;
const TARGET = "https://gateway.acme.example/orders/17";
const expected = {
  core,
  method: "GET",
  target: TARGET,
  tokenHash: undefined,
  thumbprint: undefined,
  possession: undefined,
  now: NOW,
  window: 60,
  skew: 5,
};

interface Holder {
  readonly jwk: JWK;
  readonly privateKey: CryptoKey;
}

async function holder(alg: string): Promise<Holder> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { jwk: await exportJWK(publicKey), privateKey };
}

interface Change {
  readonly header?: Record<string, unknown>;
  readonly jwk?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
}

function prove(alg: string, { jwk, privateKey }: Holder, change: Change = {}): Promise<string> {
  const header = { alg, typ: "dpop+jwt", jwk: { ...jwk, ...change.jwk }, ...change.header };
  const claims = { htm: "GET", htu: TARGET, iat: NOW, jti: "proof-1", ...change.claims };
  return new SignJWT(claims).setProtectedHeader(header).sign(privateKey);
}

const judge = (proof: string, more: Partial<typeof expected> = {}) =>
  verifyDpopProof(readDpop(proof), { ...expected, ...more });

describe.each(["Ed25519", "EdDSA", "ES256", "ES384", "RS256", "PS256"])("%s", (alg) => {
  test("a proof names its key by thumbprint, the second one by the same key as well", async () => {
    const one = await holder(alg);
    const thumbprint = await calculateJwkThumbprint(one.jwk);
    for (let use = 0; use < 2; use++)
      expect(await judge(await prove(alg, one))).toEqual({
        thumbprint,
        jti: "proof-1",
        expires: NOW + 60,
        nonce: undefined,
      });
  });

  test("a signature by another key than the one in the header", async () => {
    const { jwk } = await holder(alg);
    const { privateKey } = await holder(alg);
    await expect(judge(await prove(alg, { jwk, privateKey }))).rejects.toMatchObject({ rule: "proof_signature" });
  });

  test("a signature that was cut", async () => {
    const [header, claims, signature] = (await prove(alg, await holder(alg))).split(".") as [string, string, string];
    await expect(judge(`${header}.${claims}.${signature.slice(0, 80)}`)).rejects.toMatchObject({
      rule: "proof_signature",
    });
  });

  test("another key than the expected one", async () => {
    const thumbprint = await calculateJwkThumbprint((await holder(alg)).jwk);
    const proof = await prove(alg, await holder(alg));
    await expect(judge(proof, { thumbprint } as never)).rejects.toMatchObject({ rule: "proof_key_mismatch" });
  });

  test("a private key", async () => {
    const one = await holder(alg);
    const { d } = await exportJWK(one.privateKey);
    expect(readDpop(await prove(alg, one, { jwk: { d } }))).toBeUndefined();
  });
});

describe("a proof that is not read", () => {
  test.each<[string, Change]>([
    ["another type", { header: { typ: "JWT" } }],
    ["no type", { header: { typ: undefined } }],
    ["no key", { header: { jwk: undefined } }],
    ["a key that is a text", { header: { jwk: "x" } }],
    ["a key that is for encryption", { jwk: { use: "enc" } }],
    ["a key of another algorithm", { jwk: { alg: "ES384" } }],
    ["a key that may only sign", { jwk: { key_ops: ["sign"] } }],
    ["a key that may sign too", { jwk: { key_ops: ["verify", "sign"] } }],
    ["a key of another curve", { jwk: { crv: "P-384" } }],
    ["a key of another type", { jwk: { kty: "OKP", crv: "Ed25519" } }],
    ["a coordinate that is a number", { jwk: { y: 1 } }],
    ["a shared secret beside the key", { jwk: { k: "AAAA" } }],
    ["`ext` that is a text", { jwk: { ext: "true" } }],
  ])("%s", async (_, change) => {
    const one = await holder("ES256");
    expect(readDpop(await prove("ES256", one))).toBeDefined();
    expect(readDpop(await prove("ES256", one, change))).toBeUndefined();
  });

  test("an Ed25519 key in a second spelling, which would have a second thumbprint", async () => {
    const one = await holder("Ed25519");
    const x = one.jwk.x as string;
    const last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const other = x.slice(0, -1) + last[last.indexOf(x.at(-1) as string) + 1];
    for (const changed of [other, `${x}=`, `${x}A`, x.slice(1)])
      expect(readDpop(await prove("Ed25519", one, { jwk: { x: changed } }))).toBeUndefined();
  });

  test("parameters that must be understood", async () => {
    const [header, ...rest] = (await prove("ES256", await holder("ES256"))).split(".") as [string, string, string];
    const critical = btoa(JSON.stringify({ ...JSON.parse(atob(header)), crit: ["exp"], exp: 1 }));
    expect(
      readDpop([critical.replaceAll("=", "").replaceAll("+", "-").replaceAll("/", "_"), ...rest].join(".")),
    ).toBeUndefined();
  });
});

test.each(["application/dpop+jwt", "DPoP+JWT"])("the type may be written %s", async (typ) => {
  await expect(judge(await prove("ES256", await holder("ES256"), { header: { typ } }))).resolves.toBeDefined();
});

describe("invalid keys", () => {
  test("a point off its curve", async () => {
    const one = await holder("ES256");
    await expect(judge(await prove("ES256", one, { jwk: { y: one.jwk.x } }))).rejects.toMatchObject({
      rule: "proof_malformed",
    });
  });

  test("an RSA key of 1,024 bits", async () => {
    const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 1024 };
    const pair = (await crypto.subtle.generateKey({ ...algorithm, publicExponent: Uint8Array.of(1, 0, 1) }, true, [
      "sign",
      "verify",
    ])) as CryptoKeyPair;
    const encode = (text: string) => btoa(text).replaceAll("=", "").replaceAll("+", "-").replaceAll("/", "_");
    const jwk = await exportJWK(pair.publicKey);
    const header = encode(JSON.stringify({ alg: "RS256", typ: "dpop+jwt", jwk }));
    const input = `${header}.${encode(JSON.stringify({ htm: "GET", htu: TARGET, iat: NOW, jti: "x" }))}`;
    const signature = await crypto.subtle.sign(algorithm.name, pair.privateKey, new TextEncoder().encode(input));
    const proof = `${input}.${encode(String.fromCharCode(...new Uint8Array(signature)))}`;
    await expect(judge(proof)).rejects.toMatchObject({ rule: "proof_malformed" });
  });
});

test.each<[string, Record<string, unknown>, string]>([
  ["another method", { htm: "POST" }, "proof_method"],
  ["another address", { htu: "https://gateway.acme.example/orders/18" }, "proof_target"],
  ["its life ended", { exp: NOW - 5 }, "proof_stale"],
  ["its life has not begun", { nbf: NOW + 6 }, "proof_stale"],
  ["no time", { iat: undefined }, "proof_stale"],
  ["a jti of 257 characters", { jti: "x".repeat(257) }, "proof_malformed"],
  ["method and address, of which the method is told", { htm: "POST", htu: "x" }, "proof_method"],
  ["life and method, of which the life is told", { exp: NOW - 5, htm: "POST" }, "proof_stale"],
])("claims: %s", async (_, claims, rule) => {
  await expect(judge(await prove("Ed25519", await holder("Ed25519"), { claims }))).rejects.toMatchObject({ rule });
});

test.each([
  ["signature_invalid", "proof_signature"],
  ["other_key", "proof_key_mismatch"],
] as const)(
  "a signature with the core's verdict %s is refused, whatever the proof's own key is",
  async (possession, rule) => {
    const one = await holder("Ed25519");
    const thumbprint = await calculateJwkThumbprint(one.jwk);
    const more = { possession, thumbprint } as never;
    await expect(judge(await prove("Ed25519", one), more)).rejects.toMatchObject({ rule });
  },
);
