/**
 * What an attacker, or a careless caller, can do to a chain, with the verdict that each must get. The table behind the
 * vectors (generate.ts), the core's tests, and the tests over HTTP.
 */
import { CAST, craftChain, encode, hashOf, keyNamed, signHs256 } from "./craft.ts";
import { IDENTITY_ATTACKS } from "./identity.ts";
import { ORDER } from "./order.ts";
import { type Attack, attack, change, goodClaims, tamper } from "./table.ts";

/** An otherwise good claims set with an array in an array in an array ... that nothing closes. */
async function nested(now: number, levels: number): Promise<string> {
  const claims = JSON.stringify(await goodClaims(0, now));
  return `${claims.slice(0, -1)},"deep":${"[".repeat(levels)}`;
}

export const ATTACKS: readonly Attack[] = [
  attack("garbage", "text that is no token", ["jws_malformed", 0], async () => "garbage"),
  attack("hop-empty", "two tildes in a row", ["jws_malformed", 1], async (now) => {
    const { hops } = await craftChain(now);
    return `${hops[0]}~~${hops[1]}`;
  }),
  attack("hop-four-segments", "a segment too many", ["jws_malformed", 1], (now) =>
    tamper(now, 1, 1, (part) => `${part}.${part}`),
  ),
  attack(
    "too-many-hops",
    "nine hops where eight are allowed",
    ["chain_too_many_hops", 8],
    async (now) => (await craftChain(now, {}, 9)).chain,
  ),
  attack("base64url-padded", "padding", ["base64url_invalid", 1], (now) => tamper(now, 1, 2, (part) => `${part}=`)),
  attack("base64url-standard-alphabet", "the other alphabet", ["base64url_invalid", 0], (now) =>
    tamper(now, 0, 2, (part) => `+${part.slice(1)}`),
  ),
  attack("base64url-trailing-bits", "the same signature under another spelling", ["base64url_invalid", 2], (now) =>
    tamper(now, 2, 2, (part) => part.slice(0, -1) + String.fromCharCode(part.charCodeAt(part.length - 1) + 1)),
  ),
  change("json-not-utf8", "a byte that no UTF-8 text has", ["json_utf8", 1], async (now) => ({
    1: { rawClaims: Buffer.from(JSON.stringify(await goodClaims(1, now)).replace("hop-1", "hop-\xff"), "latin1") },
  })),
  change("json-overlong-utf8", "a slash in two bytes", ["json_utf8", 1], async (now) => ({
    1: { rawClaims: Buffer.from(JSON.stringify(await goodClaims(1, now)).replace("hop-1", "hop-\xc0\xaf"), "latin1") },
  })),
  change("json-trailing-text", "something after the claims", ["json_syntax", 1], async (now) => ({
    1: { rawClaims: `${JSON.stringify(await goodClaims(1, now))} {}` },
  })),
  change("json-lone-surrogate", "half of a character", ["json_syntax", 1], async (now) => ({
    1: { rawClaims: JSON.stringify(await goodClaims(1, now)).replace("hop-1", "hop-\\ud800") },
  })),
  change("json-nul", "a string that other readers would cut short", ["json_syntax", 0], async (now) => ({
    0: { rawClaims: JSON.stringify(await goodClaims(0, now)).replace("alice", "alice\\u0000bob") },
  })),
  change("json-deep", "10,000 levels", ["json_depth", 0], async (now) => ({
    0: { rawClaims: await nested(now, 10_000) },
  })),
  change("json-17-levels", "one level too many", ["json_depth", 0], async (now) => ({
    0: { rawClaims: await nested(now, 16) },
  })),
  change("json-65-members", "more members than an object may have", ["json_size", 0], () => ({
    0: { claims: { extra: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`m${i}`, i])) } },
  })),
  change(
    "json-duplicate-claim",
    "two subjects, one for each of two readers",
    ["json_duplicate_name", 0],
    async (now) => ({
      0: { rawClaims: JSON.stringify(await goodClaims(0, now)).replace('"sub":"alice"', '"sub":"alice","sub":"root"') },
    }),
  ),
  change("json-duplicate-escaped", "the same name in two spellings", ["json_duplicate_name", 0], async (now) => ({
    0: {
      rawClaims: JSON.stringify(await goodClaims(0, now)).replace('"sub":"alice"', '"sub":"alice","\\u0073ub":"root"'),
    },
  })),
  change("json-array", "claims that are a list", ["json_not_object", 1], () => ({ 1: { rawClaims: "[]" } })),

  change("alg-missing", "no algorithm", ["header_type", 1, "alg"], () => ({ 1: { header: { alg: undefined } } })),
  attack(
    "alg-none",
    "no signature at all",
    ["alg_forbidden", 0, "alg"],
    async (now) => `${encode({ alg: "none", typ: "at+jwt" })}.${encode(await goodClaims(0, now))}.AA`,
  ),
  attack("alg-hs256", "the public key as a shared secret", ["alg_forbidden", 0, "alg"], async (now) => {
    const secret = Buffer.from((await keyNamed("idp")).x, "base64url");
    return signHs256({ alg: "HS256", typ: "at+jwt", kid: "idp-1" }, await goodClaims(0, now), secret);
  }),
  change("alg-ml-dsa-other-key", "ML-DSA (RFC 9964) under a key for Ed25519", ["alg_mismatch", 0], () => ({
    0: { header: { alg: "ML-DSA-65" } },
  })),
  change("alg-ml-dsa-unknown", "a parameter set that ML-DSA does not have", ["alg_forbidden", 0, "alg"], () => ({
    0: { header: { alg: "ML-DSA-4" } },
  })),
  change("alg-ml-dsa-hop", "ML-DSA in a hop, which only roots may use", ["alg_forbidden", 1, "alg"], () => ({
    1: { header: { alg: "ML-DSA-44" } },
  })),
  change("alg-rs256-hop", "an algorithm that hops may not use", ["alg_forbidden", 1, "alg"], () => ({
    1: { header: { alg: "RS256" } },
  })),
  change("typ-hop-as-root", "a hop in the place of the root", ["typ_forbidden", 0, "typ"], () => ({
    0: { header: { typ: "hop+jwt" } },
  })),
  change("typ-wrong", "an access token in the place of a hop", ["typ_forbidden", 1, "typ"], () => ({
    1: { header: { typ: "at+jwt" } },
  })),
  change("typ-dpop", "a proof in the place of the root", ["typ_forbidden", 0, "typ"], () => ({
    0: { header: { typ: "dpop+jwt" } },
  })),
  change("crit", "an extension that must be understood", ["crit_forbidden", 1, "crit"], () => ({
    1: { header: { crit: ["exp"], exp: 1 } },
  })),
  change(
    "jwk-embedded",
    "a root that brings the key that verifies it",
    ["parameter_forbidden", 0, "jwk"],
    async () => ({
      0: { header: { jwk: (await keyNamed("mallory")).jwk }, signedBy: "mallory" },
    }),
  ),
  change("jwk-in-later-hop", "a hop that brings its own key", ["parameter_forbidden", 2, "jwk"], async () => ({
    2: { header: { jwk: (await keyNamed("mallory")).jwk }, signedBy: "mallory" },
  })),
  change("jwk-unasked", "a key for a root that names one already", ["parameter_forbidden", 1, "jwk"], async () => ({
    1: { header: { jwk: (await keyNamed("app")).jwk } },
  })),
  change("jku", "an address to fetch the key from", ["parameter_forbidden", 1, "jku"], () => ({
    1: { header: { jku: "https://evil.example/jwks" } },
  })),
  change("x5c", "a certificate to trust", ["parameter_forbidden", 0, "x5c"], () => ({
    0: { header: { x5c: ["AA"] } },
  })),
  change("b64-false", "a payload that is not encoded", ["parameter_forbidden", 1, "b64"], () => ({
    1: { header: { b64: false } },
  })),
  change("claim-missing", "a hop without a scope", ["claim_missing", 1, "scope"], () => ({
    1: { claims: { scope: undefined } },
  })),
  change("exp-missing", "a root that never ends", ["claim_missing", 0, "exp"], () => ({
    0: { claims: { exp: undefined } },
  })),
  change("exp-fraction", "a time with a fraction", ["claim_type", 1, "exp"], (now) => ({
    1: { claims: { exp: now + 0.5 } },
  })),
  change("exp-exponent", "a time written with an exponent", ["claim_type", 1, "exp"], async (now) => ({
    1: { rawClaims: JSON.stringify(await goodClaims(1, now)).replace(/"exp":\d+/, '"exp":1795479300e0') },
  })),
  change("sub-control-character", "a subject that breaks headers", ["claim_type", 0, "sub"], () => ({
    0: { claims: { sub: "alice\r\nx: y" } },
  })),
  change("scope-257", "more scopes than a claim may have", ["claim_size", 0, "scope"], () => ({
    0: { claims: { scope: Array.from({ length: 257 }, (_, i) => `s${i}`).join(" ") } },
  })),
  change(
    "cnf-private-key",
    "a confirmation that gives the private key away",
    ["confirmation_invalid", 0, "cnf"],
    async () => {
      const { jwk } = await keyNamed("app");
      return { 0: { claims: { cnf: { jwk: { ...jwk, d: jwk.x } } } } };
    },
  ),
  change(
    "cnf-private-key-akp",
    "a confirmation with the private member of an AKP key",
    ["confirmation_invalid", 1, "cnf"],
    async () => {
      const { jwk } = await keyNamed("agent");
      return { 1: { claims: { cnf: { jwk: { ...jwk, priv: jwk.x } } } } };
    },
  ),
  change("cnf-two-keys", "two keys, one for each of two readers", ["confirmation_invalid", 0, "cnf"], async () => {
    const { jwk, thumbprint } = await keyNamed("app");
    return { 0: { claims: { cnf: { jwk, jkt: thumbprint } } } };
  }),

  change("issuer-unknown", "a root of a stranger", ["issuer_unknown", 0, "iss"], () => ({
    0: { claims: { iss: "https://evil.example" }, signedBy: "mallory" },
  })),
  change(
    "typ-not-accepted",
    "an ID token where the issuer's access tokens are accepted",
    ["typ_not_accepted", 0, "typ"],
    () => ({ 0: { header: { typ: "JWT" } } }),
  ),
  change("kid-unknown", "a key that the issuer does not have", ["key_unknown", 0, "kid"], () => ({
    0: { header: { kid: "idp-9" } },
  })),
  change("root-without-key", "a delegation by a root that names no key", ["parent_key_missing", 1], () => ({
    0: { claims: { cnf: undefined } },
  })),
  change("leaf-without-key-delegates", "a delegation by a hop that names no key", ["parent_key_missing", 2], () => ({
    1: { claims: { cnf: undefined } },
  })),
  change(
    "thumbprint-foreign",
    "another key than the one that the root names",
    ["thumbprint_mismatch", 1, "jwk"],
    async () => ({
      0: { claims: { cnf: { jkt: (await keyNamed("app")).thumbprint } } },
      1: { header: { jwk: (await keyNamed("mallory")).jwk }, signedBy: "mallory" },
    }),
  ),
  change("alg-of-another-key", "ES256 under an Ed25519 key", ["alg_mismatch", 1], () => ({
    1: { header: { alg: "ES256" } },
  })),
  attack("signature-cut", "a signature of 63 bytes", ["signature_malformed", 1], (now) =>
    tamper(now, 1, 2, (part) => part.slice(0, 84)),
  ),
  change("root-forged", "a root signed by somebody else", ["signature_invalid", 0], () => ({
    0: { signedBy: "mallory" },
  })),
  change("hop-forged", "a hop signed by somebody else", ["signature_invalid", 1], () => ({
    1: { signedBy: "mallory" },
  })),
  attack("claims-changed", "claims changed after signing", ["signature_invalid", 2], async (now) => {
    const claims = { ...(await goodClaims(2, now)), scope: "orders:read" };
    return tamper(now, 2, 1, () => encode(claims));
  }),

  change("hop-swapped-parent", "the hash of another parent", ["parent_hash_mismatch", 2, "pth"], () => ({
    2: { claims: { pth: hashOf("another") } },
  })),
  attack(
    "hop-spliced",
    "the last hop of one task on the chain of another",
    ["parent_hash_mismatch", 2, "pth"],
    async (now) => {
      const [one, other] = [
        await craftChain(now),
        await craftChain(now, { 0: { claims: { txn: "task-2", jti: "root-2" } } }),
      ];
      return [other.hops[0], other.hops[1], one.hops[2]].join("~");
    },
  ),
  attack("hop-left-out", "a hop taken out of the middle", ["signature_invalid", 1], async (now) => {
    const { hops } = await craftChain(now);
    return [hops[0], hops[2]].join("~");
  }),
  change("delegator-wrong", "a hop in the name of somebody else", ["delegator_mismatch", 1, "iss"], () => ({
    1: { claims: { iss: CAST.service } },
  })),
  change("delegate-not-uri", "an actor that is no URI", ["delegate_not_uri", 1, "sub"], () => ({
    1: { claims: { sub: "support agent" } },
    2: { claims: { iss: "support agent" } },
  })),
  change("root-expired", "a root that has ended", ["expired", 0, "exp"], (now) => ({
    0: { claims: { iat: now - 100, exp: now - 1 } },
  })),
  change("hop-expired", "a hop that has ended", ["expired", 2, "exp"], (now) => ({
    2: { claims: { iat: now - 100, exp: now } },
  })),
  change("not-yet-valid", "a hop that has not begun", ["not_yet_valid", 1, "nbf"], (now) => ({
    1: { claims: { nbf: now + 60 } },
  })),
  change("issued-in-future", "a hop of tomorrow", ["issued_in_future", 1, "iat"], (now) => ({
    1: { claims: { iat: now + 60 } },
  })),
  change("lifetime-empty", "a hop that ends before it begins", ["lifetime_empty", 2, "exp"], (now) => ({
    2: { claims: { iat: now + 4, exp: now + 3 } },
  })),
  change("exp-later-than-parent", "a hop that outlives its parent", ["expiry_widened", 2, "exp"], (now) => ({
    2: { claims: { exp: now + 1801 } },
  })),
  change("nbf-before-parent", "a hop that begins before its parent", ["not_before_widened", 2, "nbf"], (now) => ({
    1: { claims: { nbf: now - 20 } },
    2: { claims: { nbf: now - 21 } },
  })),
  change("aud-widened", "an audience that the parent does not have", ["audience_widened", 1, "aud"], () => ({
    1: { claims: { aud: [CAST.gateway, "https://payments.acme.example"] } },
  })),
  change("scope-widened", "a scope that the parent does not have", ["scope_widened", 2, "scope"], () => ({
    2: { claims: { scope: "orders:read admin" } },
  })),
  change("scope-prefix", "a scope that only begins like one of the parent's", ["scope_widened", 2, "scope"], () => ({
    2: { claims: { scope: "orders:rea" } },
  })),
  change(
    "details-widened",
    "a larger amount than the parent's",
    ["details_widened", 1, "authorization_details"],
    () => ({
      0: { claims: { authorization_details: [{ type: "refund", limit: 100 }] } },
      1: { claims: { authorization_details: [{ type: "refund", limit: 1000 }] } },
    }),
  ),
  change(
    "details-from-nothing",
    "details that the parent does not have",
    ["details_widened", 2, "authorization_details"],
    () => ({
      2: { claims: { authorization_details: [{ type: "refund" }] } },
    }),
  ),
  change("txn-changed", "another task", ["task_changed", 2, "txn"], () => ({ 2: { claims: { txn: "task-2" } } })),
  change("purpose-changed", "another purpose", ["task_context_changed", 2, "tctx"], () => ({
    2: { claims: { tctx: { purpose: "marketing" } } },
  })),
  change("depth-exceeded", "a hop after one that allows none", ["depth_exceeded", 2, "max_hops"], () => ({
    1: { claims: { max_hops: 0 } },
  })),
  change("depth-not-smaller", "as many further hops as the parent allows", ["depth_exceeded", 1, "max_hops"], () => ({
    0: { claims: { max_hops: 3 } },
    1: { claims: { max_hops: 3 } },
  })),
  change("audience-elsewhere", "a chain for another gateway", ["audience_mismatch", 2, "aud"], () => ({
    0: { claims: { aud: "https://other.example" } },
    1: { claims: { aud: "https://other.example" } },
    2: { claims: { aud: "https://other.example" } },
  })),

  ...IDENTITY_ATTACKS,
  ...ORDER,
];
