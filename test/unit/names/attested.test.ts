/** Names that a trust domain attests by a Workload Identity Token, in workerd with real keys. */
import { exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from "jose";
import * as v from "valibot";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { KeyVerdict } from "../../../worker/chain/names/proof.ts";
import { createNameProver } from "../../../worker/chain/names/prove.ts";
import { workloadKey } from "../../../worker/chain/names/registry.ts";
import { Issuer } from "../../../worker/config/issuer.ts";
import { type Key, KV, newKey, options, type TestEdges, testEdges } from "./edges.ts";

const NAME = "spiffe://acme.example/jobs/nightly";
const SPIRE = "https://spire.acme.example";
let acme: Key;
let partner: Key;
let idp: Key;
let key: Key;
let setup: ReturnType<typeof options>;
let edges: TestEdges;
let provers: ReturnType<typeof createNameProver>;

beforeAll(async () => {
  [acme, partner, idp, key] = [await newKey("ES256"), await newKey(), await newKey(), await newKey()];
  const issuer = (fields: object): Issuer => v.parse(Issuer, fields);
  const keys = (one: Key, kid: string): object[] => [{ ...one.jwk, kid }];
  setup = options({
    issuers: [
      issuer({ issuer: "https://idp.acme.example", keys: keys(idp, "i") }),
      issuer({ issuer: SPIRE, trust_domain: "acme.example", types: ["wit+jwt"], keys: keys(acme, "a") }),
      issuer({ issuer: "p", trust_domain: "partner.example", types: ["wit+jwt"], keys: keys(partner, "p") }),
      issuer({ issuer: "svid", trust_domain: "svid.example", types: ["JWT"], keys: keys(partner, "s") }),
      issuer({
        issuer: "bundle",
        trust_domain: "bundle.example",
        types: ["wit+jwt"],
        spiffe_bundle: "https://bundle.example/",
      }),
      issuer({
        issuer: "remote",
        trust_domain: "remote.example",
        types: ["wit+jwt"],
        jwks_uri: "https://remote.example/jwks",
      }),
    ],
  });
});
beforeEach(() => {
  edges = testEdges(setup);
  provers = createNameProver(setup);
});

interface Change {
  readonly signer?: Key;
  readonly header?: Partial<JWTHeaderParameters>;
  readonly claims?: Record<string, unknown>;
}

function wit({ signer = acme, header, claims }: Change = {}): Promise<string> {
  const now = edges.clock / 1000;
  const { kty, crv, x } = key.jwk;
  const all = { sub: NAME, iat: now - 10, exp: now + 600, cnf: { jwk: { kty, crv, x, alg: "EdDSA" } }, ...claims };
  return new SignJWT(all)
    .setProtectedHeader({ alg: signer === acme ? "ES256" : "EdDSA", typ: "wit+jwt", kid: "a", ...header })
    .sign(signer.privateKey);
}
async function prove(change?: Change, claim: object = {}): Promise<KeyVerdict> {
  const claimed = { name: NAME, thumbprint: key.thumbprint, wit: await wit(change), ...claim };
  return (await provers(edges).prove(claimed)).proof;
}

test("a Workload Identity Token by ML-DSA proves nothing, as in the core", async () => {
  const signer = await generateKeyPair("ML-DSA-44", { extractable: true });
  const jwk = { ...(await exportJWK(signer.publicKey)), kid: "m" };
  const domain = v.parse(Issuer, { issuer: SPIRE, trust_domain: "acme.example", types: ["wit+jwt"], keys: [jwk] });
  const only = options({ issuers: [domain] });
  const token = await wit({ signer: { ...acme, ...signer }, header: { alg: "ML-DSA-44", kid: "m" } });
  const claimed = { name: NAME, thumbprint: key.thumbprint, wit: token };
  expect((await createNameProver(only)(testEdges(only)).prove(claimed)).proof).not.toBe("attested");
});

describe("a Workload Identity Token of the name's trust domain", () => {
  test.each<[string, Change]>([
    ["without `iss`", {}],
    ["by its issuer", { claims: { iss: SPIRE } }],
    ["by the trust domain", { claims: { iss: "spiffe://acme.example" } }],
    ["without `kid`, if the domain has one key", { header: { kid: undefined as unknown as string } }],
    ["of the full media type", { header: { typ: "application/wit+jwt" } }],
  ])("%s proves the key", async (_, change) => {
    expect(await prove(change)).toBe("attested");
  });

  test.each<[string, () => Change]>([
    ["of another name", () => ({ claims: { sub: `${NAME}/other` } })],
    ["of another key", () => ({ claims: { cnf: { jwk: partner.jwk } } })],
    ["of no key", () => ({ claims: { cnf: undefined } })],
    ["of a key by thumbprint alone", () => ({ claims: { cnf: { jkt: key.thumbprint } } })],
    ["that has expired", () => ({ claims: { exp: edges.clock / 1000 } })],
    ["that never expires", () => ({ claims: { exp: undefined } })],
    ["that is not valid yet", () => ({ claims: { nbf: edges.clock / 1000 + 6 } })],
    ["by another issuer", () => ({ claims: { iss: "https://idp.acme.example" } })],
    ["signed by another trust domain's key", () => ({ signer: partner, header: { kid: "p" } })],
    ["signed by another trust domain's key under our kid", () => ({ signer: partner })],
    ["signed by an issuer that is no trust domain", () => ({ signer: idp, header: { kid: "i" } })],
    ["signed by the workload itself", () => ({ signer: key })],
    ["of another type", () => ({ header: { typ: "JWT" } })],
    ["of no type", () => ({ header: { typ: undefined as unknown as string } })],
    ["with a kid that nobody has", () => ({ header: { kid: "z" } })],
  ])("%s proves nothing", async (_, change) => {
    expect(await prove(change())).toBeUndefined();
  });

  test("proves nothing about a name in another trust domain, whoever signs it", async () => {
    const name = "spiffe://partner.example/jobs/nightly";
    expect(await prove({ claims: { sub: name } }, { name })).toBeUndefined();
    expect(await prove({ signer: partner, header: { kid: "p" }, claims: { sub: name } }, { name })).toBe("attested");
    const svid = "spiffe://svid.example/jobs/nightly";
    const change = { signer: partner, header: { kid: "s" }, claims: { sub: svid } };
    expect(await prove(change, { name: svid })).toBeUndefined();
  });

  test("proves nothing about another key", async () => {
    expect(await prove({}, { thumbprint: partner.thumbprint })).toBeUndefined();
  });

  test("that is not a token proves nothing", async () => {
    for (const text of ["", "a.b.c", "..", `${await wit()}.`, (await wit()).slice(0, -4)]) {
      expect(await prove({}, { wit: text })).toBeUndefined();
    }
  });

  test("is forgotten when it ends, and does not count for later requests without it", async () => {
    const token = await wit({ claims: { exp: edges.clock / 1000 + 10 } });
    expect(await prove({}, { wit: token })).toBe("attested");
    expect(await prove({}, { wit: undefined })).toBeUndefined();
    edges.clock += 9_000;
    expect(await prove({}, { wit: token })).toBe("attested");
    edges.clock += 1_000;
    expect(await prove({}, { wit: token })).toBeUndefined();
  });

  test("does not help a name that is disabled", async () => {
    const entry = { name: NAME, jwks_uri: "https://a.example", owner: "o", purpose: "p", disabled: true };
    await KV.put(workloadKey(NAME), JSON.stringify(entry));
    expect(await prove()).toBe("refused");
    expect(edges.asked).toEqual([]);
    await KV.delete(workloadKey(NAME));
  });
});

describe("a trust domain whose keys are elsewhere", () => {
  const name = "spiffe://remote.example/jobs/nightly";
  const change = (): Change => ({ signer: partner, header: { kid: "r" }, claims: { sub: name } });

  test("is asked for an unknown key", async () => {
    edges.answer = () => Response.json({ keys: [{ ...partner.jwk, kid: "r" }] });
    expect(await prove(change(), { name })).toBe("attested");
    expect(edges.asked).toEqual(["https://remote.example/jwks"]);
  });

  test("is accepted by the key that the token names, wherever one without `kid` stands", async () => {
    await KV.delete("jwks:remote");
    edges.answer = () => Response.json({ keys: [idp.jwk, { ...partner.jwk, kid: "r" }] });
    expect(await prove(change(), { name })).toBe("attested");
  });

  test("that is down neither proves nor denies", async () => {
    await KV.delete("jwks:remote");
    edges.answer = () => Promise.reject(new Error("down"));
    await expect(prove(change(), { name })).rejects.toThrow("keys of the trust domain");
  });
});

test("of a SPIFFE bundle, keys for Workload Identity Tokens count, and those for JWT-SVIDs do not", async () => {
  const name = "spiffe://bundle.example/jobs/nightly";
  const keys = [
    { ...partner.jwk, kid: "w", use: "wit-svid" },
    { ...idp.jwk, kid: "j", use: "jwt-svid" },
  ];
  edges.answer = () => Response.json({ keys });
  const by = (signer: Key, kid: string): Change => ({ signer, header: { kid }, claims: { sub: name } });
  expect(await prove(by(partner, "w"), { name })).toBe("attested");
  expect(await prove(by(idp, "j"), { name })).toBeUndefined();
});
