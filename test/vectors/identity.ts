/** Who is named, by which key, and what says so: `act`, `sub_id`, `cnf`, `wit`, and names of children. */
import { CAST, craftWit, keyNamed, type WitChange } from "./craft.ts";
import { ecKeyNamed, rsaKeyNamed } from "./keys.ts";
import { type Attack, change, type Good, good, goodClaims } from "./table.ts";

/** A root with these claims, under its usual chain. */
const rootAttack = (
  name: string,
  about: string,
  [rule, member]: [rule: Attack["rule"], member: string],
  claims: Record<string, unknown>,
): Attack => change(name, about, [rule, 0, member], () => ({ 0: { claims } }));

const P256 = ecKeyNamed("ES256", "agent");
const P384 = ecKeyNamed("ES384", "agent");
const RSA = rsaKeyNamed("RS256", "agent");

/** A claim of hop 0 as it is spelt, which JSON.stringify would write differently. */
const spelt = async (now: number, member: string, literal: string) => ({
  0: { rawClaims: `${JSON.stringify(await goodClaims(0, now)).slice(0, -1)},"${member}":${literal}}` },
});

const actor = (levels: number): Record<string, unknown> =>
  levels === 1 ? { sub: CAST.app } : { sub: levels === 15 ? CAST.app : `urn:acme:${levels}`, act: actor(levels - 1) };

/** A hop 1 that carries the delegate's identity token, with what is wrong with it. */
const witAttack = (name: string, about: string, change_: WitChange, edit = (wit: string) => wit): Attack =>
  change(name, about, ["wit_malformed", 1, "wit"], async (now) => ({
    1: { header: { wit: edit(await craftWit(now, change_)) } },
  }));

const witMismatch = (
  name: string,
  about: string,
  member: string,
  change_: (now: number) => WitChange | Promise<WitChange>,
): Attack =>
  change(name, about, ["wit_mismatch", 1, member], async (now) => ({
    1: { header: { wit: await craftWit(now, await change_(now)) } },
  }));

export const IDENTITY_ATTACKS: readonly Attack[] = [
  rootAttack("act-null", "an actor before the actor that is nothing", ["claim_type", "act"], {
    act: { sub: CAST.app, act: null },
  }),
  rootAttack("act-text", "an actor that is a name alone", ["claim_type", "act"], { act: CAST.app }),
  rootAttack(
    "act-without-sub",
    "an actor without a name, which does not stand back for `client_id`",
    ["claim_type", "act"],
    {
      act: { iss: CAST.issuer },
    },
  ),
  rootAttack("act-sub-empty", "an actor whose name is empty", ["claim_type", "act"], { act: { sub: "" } }),
  rootAttack("act-sub-list", "two names of one actor", ["claim_type", "act"], { act: { sub: [CAST.app] } }),
  rootAttack("act-control-character", "a name that a header would spell as `admin`", ["claim_type", "act"], {
    act: { sub: "\u00061dmin" },
  }),
  rootAttack("act-delete-character", "U+007F is a control character too", ["claim_type", "act"], {
    act: { sub: "admin\u007f" },
  }),
  rootAttack("act-deep-control-character", "the same, three actors deep", ["claim_type", "act"], {
    act: { sub: CAST.app, act: { sub: "urn:acme:1", act: { sub: "urn:acme:2\n" } } },
  }),
  rootAttack("act-deep-without-sub", "an earlier actor without a name", ["claim_type", "act"], {
    act: { sub: CAST.app, act: { iss: CAST.issuer } },
  }),
  rootAttack("act-iss-number", "an issuer that is no text", ["claim_type", "act"], { act: { sub: CAST.app, iss: 1 } }),
  rootAttack("act-sub-1025", "a name that is too long", ["claim_size", "act"], { act: { sub: "a".repeat(1025) } }),
  change("act-16-levels", "more actors than JSON may be deep", ["json_depth", 0], () => ({
    0: { claims: { act: actor(16) } },
  })),
  rootAttack("sub-1025", "a subject that is too long", ["claim_size", "sub"], { sub: "a".repeat(1025) }),
  rootAttack("sub-empty", "a subject without a name", ["claim_type", "sub"], { sub: "" }),
  rootAttack("client-id-control-character", "a client that breaks headers", ["claim_type", "client_id"], {
    client_id: "https://app.acme.example\r",
  }),
  rootAttack("sub-id-text", "a subject identifier that is a name alone", ["claim_type", "sub_id"], { sub_id: "alice" }),
  rootAttack("sub-id-without-format", "a subject identifier of no format", ["claim_type", "sub_id"], {
    sub_id: { iss: CAST.issuer, sub: "alice" },
  }),
  rootAttack("sub-id-without-sub", "an `iss_sub` of half of its parts", ["claim_type", "sub_id"], {
    sub_id: { format: "iss_sub", iss: CAST.issuer },
  }),
  rootAttack("sub-id-without-iss", "an `iss_sub` of the other half", ["claim_type", "sub_id"], {
    sub_id: { format: "iss_sub", sub: "alice" },
  }),
  rootAttack("sub-id-control-character", "a subject that breaks headers", ["claim_type", "sub_id"], {
    sub_id: { format: "iss_sub", iss: CAST.issuer, sub: "alice\u0000".replace("\u0000", "\u0001") },
  }),
  change("max-hops-negative-zero", "a number that readers take for another", ["claim_type", 0, "max_hops"], (now) =>
    spelt(now, "max_hops", "-0"),
  ),
  rootAttack("max-hops-256", "more hops than the claim counts", ["claim_type", "max_hops"], { max_hops: 256 }),
  change("iat-negative-zero", "a time that readers take for another", ["claim_type", 1, "iat"], async (now) => ({
    1: { rawClaims: JSON.stringify(await goodClaims(1, now)).replace(/"iat":\d+/, '"iat":-0') },
  })),

  rootAttack("cnf-empty-key", "a key without a kind", ["confirmation_invalid", "cnf"], { cnf: { jwk: {} } }),
  rootAttack("cnf-shared-secret", "a key that is no public one", ["confirmation_invalid", "cnf"], {
    cnf: { jwk: { kty: "oct", k: "AA" } },
  }),
  rootAttack("cnf-x25519", "a key that signs nothing", ["confirmation_invalid", "cnf"], {
    cnf: { jwk: { kty: "OKP", crv: "X25519", x: "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08" } },
  }),
  rootAttack("cnf-other-curve", "a curve that no proof here is made with", ["confirmation_invalid", "cnf"], {
    cnf: { jwk: { ...P256.jwk, crv: "secp256k1" } },
  }),
  rootAttack(
    "cnf-short-coordinate",
    "a point whose coordinate lacks its leading zero",
    ["confirmation_invalid", "cnf"],
    {
      cnf: { jwk: { ...P256.jwk, x: (P256.jwk["x"] as string).slice(0, 42) } },
    },
  ),
  rootAttack("cnf-rsa-primes", "a private key without `d`", ["confirmation_invalid", "cnf"], {
    cnf: { jwk: { ...RSA.jwk, p: "AQAB", q: "AQAB" } },
  }),
  rootAttack("cnf-rsa-leading-zero", "a second spelling of the same key", ["confirmation_invalid", "cnf"], {
    cnf: { jwk: { ...RSA.jwk, e: "AAEAAQ" } },
  }),
  rootAttack("cnf-thumbprint-short", "a thumbprint of 31 bytes", ["confirmation_invalid", "cnf"], {
    cnf: { jkt: "A".repeat(42) },
  }),
  rootAttack("cnf-thumbprint-spelling", "a second spelling of the same thumbprint", ["confirmation_invalid", "cnf"], {
    cnf: { jkt: `${"A".repeat(42)}B` },
  }),
  change(
    "thumbprint-hop-delegates",
    "a hop that names its key by thumbprint alone",
    ["parent_key_missing", 2],
    async () => ({
      1: { claims: { cnf: { jkt: (await keyNamed("agent")).thumbprint } } },
    }),
  ),
  change("thumbprint-root-without-key", "hop 1 does not bring the key", ["parent_key_missing", 1, "jwk"], async () => ({
    0: { claims: { cnf: { jkt: (await keyNamed("app")).thumbprint } } },
  })),
  change("thumbprint-key-text", "a key in the header that is no object", ["header_type", 1, "jwk"], async () => ({
    0: { claims: { cnf: { jkt: (await keyNamed("app")).thumbprint } } },
    1: { header: { jwk: "key" } },
  })),
  change("rsa-key-delegates", "a key that may prove possession, and not delegate", ["parent_key_missing", 2], () => ({
    1: { claims: { cnf: { jwk: RSA.jwk } } },
  })),

  change(
    "wit-in-root",
    "an identity token where nobody is delegated to",
    ["parameter_forbidden", 0, "wit"],
    async (now) => ({
      0: { header: { wit: await craftWit(now) } },
    }),
  ),
  change("wit-number", "an identity token that is no text", ["header_type", 1, "wit"], () => ({
    1: { header: { wit: 1 } },
  })),
  witAttack("wit-empty", "an empty text", {}, () => ""),
  witAttack("wit-two-segments", "no signature", {}, (wit) => wit.slice(0, wit.lastIndexOf("."))),
  witAttack("wit-signature-empty", "an empty signature", {}, (wit) => wit.slice(0, wit.lastIndexOf(".") + 1)),
  witAttack("wit-four-segments", "a segment too many", {}, (wit) => `${wit}.AA`),
  witAttack("wit-padded", "padding", {}, (wit) => `${wit}=`),
  witAttack("wit-4097", "longer than 4,096 characters", { claims: { filler: "x".repeat(3_000) } }),
  witAttack("wit-claims-array", "claims that are a list", { rawClaims: "[]" }),
  witAttack("wit-duplicate-name", "two names, one for each of two readers", {
    rawClaims: `{"sub":"${CAST.agent}","sub":"${CAST.service}"}`,
  }),
  witAttack("wit-typ-jwt", "another kind of token of the same issuer", { header: { typ: "JWT" } }),
  witAttack("wit-typ-missing", "a token that does not say what it is", { header: { typ: undefined } }),
  witAttack("wit-alg-none", "a token that nobody signed", { header: { alg: "none" } }),
  witAttack("wit-crit", "an extension that must be understood", { header: { crit: ["exp"] } }),
  witAttack("wit-brings-key", "a token that brings the key that verifies it", { header: { jwk: P256.jwk } }),
  witAttack("wit-in-wit", "a token in the token", { header: { wit: "a.b.c" } }),
  witAttack("wit-without-sub", "a token for nobody", { claims: { sub: undefined } }),
  witAttack("wit-without-exp", "a token that never ends", { claims: { exp: undefined } }),
  witAttack("wit-without-cnf", "a token for no key", { claims: { cnf: undefined } }),
  witAttack("wit-thumbprint", "a key that is not there itself", { claims: { cnf: { jkt: P256.thumbprint } } }),
  witAttack("wit-key-without-alg", "a key that does not say what it proves with", {
    claims: { cnf: { jwk: P256.jwk } },
  }),
  witAttack("wit-key-of-another-alg", "a key that says what it cannot do", {
    claims: { cnf: { jwk: { ...P256.jwk, alg: "EdDSA" } } },
  }),
  witAttack("wit-exp-fraction", "a time with a fraction", { claims: { exp: 1.5 } }),
  witAttack("wit-iss-number", "an issuer that is no text", { claims: { iss: 1 } }),
  witMismatch("wit-of-another", "the identity token of somebody else", "sub", () => ({
    claims: { sub: CAST.service },
  })),
  witMismatch("wit-of-another-key", "the key is the delegator's choice, the token is not", "cnf", async () => ({
    claims: { cnf: { jwk: { ...(await keyNamed("mallory")).jwk, alg: "EdDSA" } } },
  })),
  witMismatch("wit-of-another-kind-of-key", "a key of another kind", "cnf", () => ({
    claims: { cnf: { jwk: { ...P256.jwk, alg: "ES256" } } },
  })),
  witMismatch("wit-expired", "an identity that has ended", "exp", (now) => ({ claims: { exp: now } })),
  witMismatch("wit-not-yet-valid", "an identity that has not begun", "nbf", (now) => ({ claims: { nbf: now + 60 } })),
  change(
    "wit-for-no-key",
    "a hop that names no key has none that is attested",
    ["wit_mismatch", 2, "cnf"],
    async (now) => ({
      2: {
        header: { wit: await craftWit(now, { claims: { sub: CAST.service } }) },
        claims: { cnf: undefined },
      },
    }),
  ),
  change("delegate-colon-alone", "a scheme with nothing after it", ["delegate_not_uri", 1, "sub"], () => ({
    1: { claims: { sub: "urn:" } },
    2: { claims: { iss: "urn:" } },
  })),
];

/** A hop 2 whose delegate has this name, under the support agent. */
const child = (name: string, about: string, sub: string): Good => good(name, about, () => ({ 2: { claims: { sub } } }));

/** A hop 1 whose delegate has this name, under a root whose client has that one. */
const childOf = (name: string, about: string, parent: string, sub: string): Good =>
  good(name, about, () => ({ 0: { claims: { client_id: parent } }, 1: { claims: { iss: parent, sub } } }), 2);

export const IDENTITY_GOOD: readonly Good[] = [
  good("good-act-15", "as many actors as JSON may be deep", () => ({ 0: { claims: { act: actor(15) } } })),
  good("good-act-issuers", "actors with their issuers", () => ({
    0: {
      claims: { act: { sub: CAST.app, iss: CAST.issuer, act: { sub: "urn:acme:1", iss: "https://other.example" } } },
    },
  })),
  good("good-client-before-azp", "`client_id` comes before `azp`", () => ({
    0: { claims: { azp: "https://other.example" } },
  })),
  good("good-azp", "a root with `azp` alone", () => ({ 0: { claims: { client_id: undefined, azp: CAST.app } } })),
  good("good-subject-delegates", "a root that names no client: its subject delegates", () => ({
    0: { claims: { client_id: undefined, sub: CAST.app } },
  })),
  good("good-sub-id", "a subject with an issuer of its own (RFC 9493)", () => ({
    0: { claims: { sub_id: { format: "iss_sub", iss: "https://other.example", sub: "alice" } } },
  })),
  good("good-sub-id-email", "another format", () => ({
    0: { claims: { sub_id: { format: "email", email: "alice@acme.example" } } },
  })),
  good("good-sub-1024", "names as long as they may be", () => {
    const name = `urn:${"a".repeat(1020)}`;
    return { 0: { claims: { sub: "a".repeat(1024) } }, 1: { claims: { sub: name } }, 2: { claims: { iss: name } } };
  }),
  good("good-max-hops-255", "as many hops as the claim counts", () => ({ 0: { claims: { max_hops: 255 } } })),
  good("good-leaf-p256", "a last hop with a P-256 key", () => ({ 2: { claims: { cnf: { jwk: P256.jwk } } } })),
  good("good-leaf-p384", "a last hop with a P-384 key", () => ({ 2: { claims: { cnf: { jwk: P384.jwk } } } })),
  good("good-leaf-rsa", "a last hop with an RSA key", () => ({ 2: { claims: { cnf: { jwk: RSA.jwk } } } })),
  good("good-leaf-thumbprint", "a last hop that names its key by thumbprint", () => ({
    2: { claims: { cnf: { jkt: P256.thumbprint } } },
  })),
  good("good-leaf-thumbprint-ed25519", "one whose thumbprint is that of an Ed25519 key", async () => ({
    2: { claims: { cnf: { jkt: (await keyNamed("service")).thumbprint } } },
  })),
  good("good-leaf-certificate", "a last hop bound to a client certificate", () => ({
    2: { claims: { cnf: { "x5t#S256": P256.thumbprint } } },
  })),
  good("good-leaf-without-key", "a last hop that names no key", () => ({ 2: { claims: { cnf: undefined } } })),

  good("good-wit", "the delegate's identity token in the header", async (now) => ({
    1: { header: { wit: await craftWit(now) } },
  })),
  good("good-wit-issuer", "one that names its issuer, spelt in its own way", async (now) => ({
    1: {
      header: {
        wit: await craftWit(now, {
          header: { typ: "application/WIT+JWT" },
          claims: { iss: "https://acme.example", iat: now, nbf: now },
        }),
      },
    },
  })),
  good("good-wit-ends-first", "an identity that ends before the chain", async (now) => ({
    1: { header: { wit: await craftWit(now, { claims: { exp: now + 1 } }) } },
  })),
  good("good-wit-escaped", "one that is spelt with an escape", async (now) => {
    const wit = await craftWit(now);
    return {
      1: { rawHeader: `{"alg":"EdDSA","typ":"hop+jwt","wit":"\\u0065${wit.slice(1)}"}` },
    };
  }),
  good("good-wit-p256", "of a delegate with a P-256 key", async (now) => ({
    2: {
      header: {
        wit: await craftWit(now, { claims: { sub: CAST.service, cnf: { jwk: { ...P256.jwk, alg: "ES256" } } } }),
      },
      claims: { cnf: { jwk: P256.jwk } },
    },
  })),
  good("good-wit-rsa", "of a delegate with an RSA key", async (now) => ({
    2: {
      header: {
        wit: await craftWit(now, { claims: { sub: CAST.service, cnf: { jwk: { ...RSA.jwk, kid: "a" } } } }),
      },
      claims: { cnf: { jwk: RSA.jwk } },
    },
  })),

  child("good-child", "a sub-agent below its delegator's name", `${CAST.agent}/run-42`),
  child("good-child-deep", "several segments below", `${CAST.agent}/runs/2026.11~a/_42`),
  child("good-child-prefix", "no child: a name that only begins alike", `${CAST.agent}-2`),
  child("good-child-same", "no child: the delegator's own name", CAST.agent),
  child("good-child-slash", "no child: nothing after the slash", `${CAST.agent}/`),
  child("good-child-double-slash", "no child: an empty segment", `${CAST.agent}//run-42`),
  child("good-child-dot", "no child: a segment that names the parent itself", `${CAST.agent}/./run-42`),
  child("good-child-dots", "no child: a segment that leads out", `${CAST.agent}/../admin`),
  child("good-child-last-dots", "no child: the same at the end", `${CAST.agent}/run-42/..`),
  child("good-child-three-dots", "a child: three dots lead nowhere", `${CAST.agent}/...`),
  child("good-child-encoded", "no child: a segment that decodes to another", `${CAST.agent}/%2e%2e/admin`),
  child("good-child-query", "no child: a query", `${CAST.agent}/run-42?as=admin`),
  child("good-child-fragment", "no child: a fragment", `${CAST.agent}/run-42#admin`),
  child("good-child-colon", "no child: a segment with another character", `${CAST.agent}/run:42`),
  childOf("good-child-of-app", "a part of an application", "https://app.acme.example", "https://app.acme.example/jobs"),
  childOf("good-child-of-urn", "a name without authority", "urn:acme:agents", "urn:acme:agents/42"),
  childOf("good-child-of-domain", "no child: every workload of a trust domain", "spiffe://acme.example", CAST.agent),
  childOf(
    "good-child-of-wimse",
    "no child: the same under another scheme",
    "wimse://acme.example",
    "wimse://acme.example/a",
  ),
  childOf(
    "good-child-of-slash",
    "no child: a parent that ends with a slash",
    "https://app.acme.example/",
    "https://app.acme.example//a",
  ),
  childOf("good-child-of-scheme", "no child: a parent that is hardly a name", "https:/", "https://app.acme.example"),
  childOf("good-child-of-query", "no child: a parent with a query", "https://a.example?b=", "https://a.example?b=/c"),
  childOf("good-child-of-text", "no child: a parent that is no URI", "https:", "https:/a"),
];
