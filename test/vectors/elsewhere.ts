/**
 * Chains under other options and other keys than the usual ones: limits, kinds of keys, how a key is chosen, trust
 * domains.
 */
import type { ChainRule } from "../../wasm/verdict.ts";
import { CAST, craftChain, type HopChange, keyNamed } from "./craft.ts";
import { ecKeyNamed, otherForm, rsaKeyNamed, type SigningKey } from "./keys.ts";
import { usualOptions } from "./options.ts";
import type { VectorIssuer, VectorKey, VectorOptions } from "./vector.ts";

export interface Elsewhere {
  readonly name: string;
  readonly about: string;
  /** Undefined if the chain keeps every rule. */
  readonly refusal: readonly [rule: ChainRule, hop: number, member?: string] | undefined;
  options(now: number): Promise<VectorOptions>;
  build(now: number): Promise<string>;
}

type Changes = Readonly<Record<number, HopChange>>;

/** A chain with these changes under the usual options with these. */
function row(
  name: string,
  about: string,
  refusal: Elsewhere["refusal"],
  options: Partial<VectorOptions> | ((now: number) => Promise<Partial<VectorOptions>>),
  build: Changes | ((now: number) => Promise<string>) = {},
  length = 3,
): Elsewhere {
  return {
    name,
    about,
    refusal,
    options: async (now) => ({
      ...(await usualOptions(now)),
      ...(typeof options === "function" ? await options(now) : options),
    }),
    build: typeof build === "function" ? build : async (now) => (await craftChain(now, build, length)).chain,
  };
}

/** The usual issuer, changed. */
const issuerWith = (change: Partial<VectorIssuer>) => async (now: number) => {
  const { issuers } = await usualOptions(now);
  return { issuers: issuers.map((issuer) => ({ ...issuer, ...change })) };
};

const KEYS = {
  ES256: ecKeyNamed("ES256", "idp"),
  ES384: ecKeyNamed("ES384", "idp"),
  RS256: rsaKeyNamed("RS256", "idp"),
  PS256: rsaKeyNamed("PS256", "idp"),
} as const;
const IDP = (await keyNamed("idp")).jwk;
const MALLORY = (await keyNamed("mallory")).jwk;
const APP = ecKeyNamed("ES256", "app");

const withKeys = (...keys: VectorKey[]) => issuerWith({ keys });

/** A root signed by a key of another kind. */
const rootBy = (signer: SigningKey, header: Record<string, unknown> = {}): Changes => ({
  0: { header: { alg: signer.alg, ...header }, signer },
});

/** A JWT-SVID: no `iss`, an audience, a life (SPIFFE JWT-SVID, section 3). */
const svid = (sub: string, header: Record<string, unknown> = { typ: "JWT" }): Changes => ({
  0: { header, claims: { iss: undefined, sub, client_id: undefined } },
});
const DOMAIN = issuerWith({ types: ["none", "JWT", "JOSE", "wit+jwt", "at+jwt"], trust_domain: "acme.example" });

/** Root and app's hop, with a P-256 key between them. */
const byApp = (change: HopChange = {}): Changes => ({
  0: { claims: { cnf: { jwk: APP.jwk } } },
  1: { ...change, header: { alg: "ES256", ...change.header }, signer: change.signer ?? APP },
});

/** Replaces the signature of hop 1. */
async function signatureOfHop1(now: number, edit: (signature: Uint8Array) => Uint8Array): Promise<string> {
  const [root, hop] = (await craftChain(now, byApp(), 2)).hops as [string, string];
  const at = hop.lastIndexOf(".") + 1;
  return `${root}~${hop.slice(0, at)}${Buffer.from(edit(Buffer.from(hop.slice(at), "base64url"))).toString("base64url")}`;
}

const texts = (count: number): string[] => [
  CAST.gateway,
  ...Array.from({ length: count - 1 }, (_, i) => `urn:aud:${i}`),
];

/** A root whose header and claims make this many JSON values, names included. */
async function rootOfValues(now: number, values: number): Promise<string> {
  const { hops } = await craftChain(now, {}, 1);
  const [header, claims] = (hops[0] as string)
    .split(".")
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, "base64url").toString()));
  const count = (value: unknown): number => {
    if (Array.isArray(value)) return value.reduce((sum: number, element) => sum + count(element), 1);
    if (typeof value !== "object" || value === null) return 1;
    return Object.values(value).reduce((sum: number, member) => sum + 1 + count(member), 1);
  };
  const filler = Array.from({ length: values - count(header) - count(claims) - 2 }, () => 0);
  return (await craftChain(now, { 0: { claims: { filler } } }, 1)).chain;
}

const limits: readonly Elsewhere[] = [
  row("chain-empty", "no text at all", ["chain_empty", 0], {}, async () => ""),
  row("chain-too-long", "one character more than is accepted", ["chain_too_long", 0], async (now) => ({
    max_bytes: (await craftChain(now)).chain.length - 1,
  })),
  row("good-max-bytes", "as many characters as are accepted", undefined, async (now) => ({
    max_bytes: (await craftChain(now)).chain.length,
  })),
  row("max-hops-3", "four hops where three are accepted", ["chain_too_many_hops", 3], { max_hops: 3 }, {}, 4),
  row("good-max-hops-3", "three hops where three are accepted", undefined, { max_hops: 3 }),
  row(
    "depth-implied",
    "a root that says nothing counts as the limit less one",
    ["depth_exceeded", 1, "max_hops"],
    { max_hops: 3 },
    {
      1: { claims: { max_hops: 2 } },
    },
  ),
  row("good-depth-implied", "one less than that", undefined, { max_hops: 3 }, { 1: { claims: { max_hops: 1 } } }),
  row(
    "good-depth-stated",
    "what the root says counts beyond the limit",
    undefined,
    { max_hops: 3 },
    {
      0: { claims: { max_hops: 200 } },
      1: { claims: { max_hops: 199 } },
    },
  ),
  row("good-16-hops", "the most hops that can be accepted", undefined, { max_hops: 16, max_bytes: 65536 }, {}, 16),
  row(
    "good-audiences-64",
    "as many audiences as a claim may have",
    undefined,
    {},
    { 0: { claims: { aud: texts(64) } } },
  ),
  row("audiences-65", "one more", ["claim_size", 0, "aud"], {}, { 0: { claims: { aud: texts(65) } } }),
  row(
    "good-audience-text",
    "one audience, as text and as list",
    undefined,
    {},
    {
      0: { claims: { aud: CAST.gateway } },
      1: { claims: { aud: [CAST.gateway] } },
    },
  ),
  row("audiences-none", "no audience", ["claim_type", 0, "aud"], {}, { 0: { claims: { aud: [] } } }),
  row(
    "good-scopes-256",
    "as many scopes as a claim may have",
    undefined,
    {},
    {
      0: {
        claims: {
          scope: ["orders:read refunds:write payouts:write", ...Array.from({ length: 253 }, (_, i) => `s${i}`)].join(
            " ",
          ),
        },
      },
    },
  ),
  row("good-scope-empty", "a hop that passes no scope on", undefined, {}, { 2: { claims: { scope: "" } } }),
  row(
    "scope-two-spaces",
    "scopes parted by two spaces",
    ["claim_type", 2, "scope"],
    {},
    { 2: { claims: { scope: "orders:read  refunds:write" } } },
  ),
  row(
    "details-17",
    "more authorization details than a claim may have",
    ["claim_size", 0, "authorization_details"],
    {},
    {
      0: { claims: { authorization_details: Array.from({ length: 17 }, (_, i) => ({ type: `t${i}` })) } },
    },
  ),
  row(
    "details-deep-equal-number",
    "numbers are compared as they are spelt",
    ["details_widened", 1, "authorization_details"],
    {},
    async (now) => {
      const { hops } = await craftChain(now, {}, 1);
      const root = Buffer.from((hops[0] as string).split(".")[1] as string, "base64url").toString();
      const rawClaims = `${root.slice(0, -1)},"authorization_details":[{"type":"refund","limit":1.0}]}`;
      const details = [{ type: "refund", limit: 1 }];
      return (await craftChain(now, { 0: { rawClaims }, 1: { claims: { authorization_details: details } } })).chain;
    },
  ),
  row(
    "good-members-64",
    "as many members as an object may have",
    undefined,
    {},
    {
      0: { claims: { extra: Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`m${i}`, i])) } },
    },
  ),
  row("good-values-8191", "as many values as a chain may have, names counted", undefined, { max_bytes: 65536 }, (now) =>
    rootOfValues(now, 8191),
  ),
  row("values-8192", "one more", ["json_size", 0], { max_bytes: 65536 }, (now) => rootOfValues(now, 8192)),
];

const times: readonly Elsewhere[] = [
  [
    "good-exp-last-second",
    "the last second",
    undefined,
    (now: number) => ({ 2: { claims: { exp: now + 1 } } }),
  ] as const,
  [
    "exp-now",
    "the second after it",
    ["expired", 2, "exp"],
    (now: number) => ({ 2: { claims: { exp: now } } }),
  ] as const,
  [
    "good-exp-of-parent",
    "as long as the parent",
    undefined,
    (now: number) => ({ 2: { claims: { exp: now + 1800 } } }),
  ] as const,
  [
    "good-iat-within-skew",
    "issued as far ahead as clocks may differ",
    undefined,
    (now: number) => ({ 2: { claims: { iat: now + 5 } } }),
  ] as const,
  [
    "iat-beyond-skew",
    "a second more",
    ["issued_in_future", 2, "iat"],
    (now: number) => ({ 2: { claims: { iat: now + 6 } } }),
  ] as const,
  [
    "good-nbf-within-skew",
    "begins as far ahead as clocks may differ",
    undefined,
    (now: number) => ({ 2: { claims: { nbf: now + 5 } } }),
  ] as const,
  [
    "nbf-beyond-skew",
    "a second more",
    ["not_yet_valid", 2, "nbf"],
    (now: number) => ({ 2: { claims: { nbf: now + 6 } } }),
  ] as const,
  [
    "good-nbf-of-parent",
    "begins with the parent",
    undefined,
    (now: number) => ({ 1: { claims: { nbf: now - 20 } }, 2: { claims: { nbf: now - 20 } } }),
  ] as const,
  [
    "nbf-inherited",
    "a hop without `nbf` has its parent's, and so has its child",
    ["not_before_widened", 3, "nbf"],
    (now: number) => ({ 1: { claims: { nbf: now - 20 } }, 3: { claims: { nbf: now - 21 } } }),
  ] as const,
].map(([name, about, refusal, changes]) =>
  row(
    name,
    about,
    refusal,
    {},
    async (now) => (await craftChain(now, changes(now), name === "nbf-inherited" ? 4 : 3)).chain,
  ),
);

const kinds: readonly Elsewhere[] = [
  ...(Object.entries(KEYS) as [keyof typeof KEYS, SigningKey][]).flatMap(([alg, key]) => [
    row(
      `good-root-${alg.toLowerCase()}`,
      `a root signed with ${alg}`,
      undefined,
      withKeys({ ...key.jwk, kid: "idp-1" }),
      rootBy(key),
    ),
    row(
      `root-forged-${alg.toLowerCase()}`,
      `the same by another key`,
      ["signature_invalid", 0],
      withKeys({ ...key.jwk, kid: "idp-1" }),
      rootBy(alg.startsWith("ES") ? ecKeyNamed(alg as "ES256", "mallory") : rsaKeyNamed(alg as "RS256", "mallory")),
    ),
  ]),
  row(
    "alg-of-another-root-key",
    "RS256 under a key for PS256",
    ["alg_mismatch", 0],
    withKeys({ ...KEYS.PS256.jwk, kid: "idp-1" }),
    rootBy(KEYS.RS256),
  ),
  row("good-hop-es256", "a hop signed with ES256 by a P-256 key", undefined, {}, byApp(), 2),
  row(
    "good-hop-es256-other-form",
    "the same signature in its other form: another hash, the same name",
    undefined,
    {},
    (now) => signatureOfHop1(now, (signature) => otherForm("ES256", signature)),
  ),
  row(
    "hop-forged-es256",
    "the same by another key",
    ["signature_invalid", 1],
    {},
    byApp({ signer: ecKeyNamed("ES256", "mallory") }),
    2,
  ),
  row("hop-es256-signature-cut", "a signature of 63 bytes", ["signature_malformed", 1], {}, (now) =>
    signatureOfHop1(now, (signature) => signature.subarray(1)),
  ),
  row("hop-eddsa-by-p256", "EdDSA under a P-256 key", ["alg_mismatch", 1], {}, byApp({ header: { alg: "EdDSA" } }), 2),
  row(
    "good-thumbprint-p256",
    "a root that names a P-256 key by thumbprint",
    undefined,
    {},
    {
      0: { claims: { cnf: { jkt: APP.thumbprint } } },
      1: { header: { alg: "ES256", jwk: APP.jwk }, signer: APP },
    },
  ),
];

const spellings: readonly Elsewhere[] = [
  row(
    "good-typ-application",
    "a type with `application/` before it",
    undefined,
    {},
    {
      0: { header: { typ: "application/at+jwt" } },
      1: { header: { typ: "application/hop+jwt" } },
    },
  ),
  row(
    "good-typ-case",
    "types in other letters",
    undefined,
    {},
    {
      0: { header: { typ: "AT+JWT" } },
      1: { header: { typ: "Application/Hop+JWT" } },
    },
  ),
  row("typ-hop-missing", "a hop without `typ`", ["typ_forbidden", 1, "typ"], {}, { 1: { header: { typ: undefined } } }),
  row(
    "typ-root-missing",
    "a root without `typ` where that is not accepted",
    ["typ_not_accepted", 0, "typ"],
    {},
    { 0: { header: { typ: undefined } } },
  ),
  row("good-typ-none", "a root without `typ` where that is accepted", undefined, issuerWith({ types: ["none"] }), {
    0: { header: { typ: undefined } },
  }),
  ...["JWT", "JOSE", "txntoken+jwt", "wit+jwt"].map((typ) =>
    row(
      `good-typ-${typ.toLowerCase().replace("+", "-")}`,
      `a root of type ${typ} where that is accepted`,
      undefined,
      issuerWith({ types: [typ] }),
      { 0: { header: { typ } } },
    ),
  ),
  row(
    "good-scope-of-issuer",
    "a root without scope has its issuer's",
    undefined,
    issuerWith({ scope: "orders:read refunds:write payouts:write" }),
    { 0: { claims: { scope: undefined } } },
  ),
  row(
    "scope-of-no-issuer",
    "a root without scope passes none on",
    ["scope_widened", 1, "scope"],
    {},
    { 0: { claims: { scope: undefined } } },
  ),
];

const choice: readonly Elsewhere[] = [
  row(
    "good-kid-missing",
    "a token without `kid`, and one key of its algorithm",
    undefined,
    withKeys({ ...KEYS.ES256.jwk, kid: "ec" }, { ...IDP, kid: "idp-1" }),
    { 0: { header: { kid: undefined } } },
  ),
  row(
    "kid-missing",
    "a token without `kid`, and two keys of its algorithm",
    ["key_unknown", 0, "kid"],
    withKeys({ ...IDP, kid: "idp-1" }, { ...MALLORY, kid: "idp-2" }),
    { 0: { header: { kid: undefined } } },
  ),
  row(
    "kid-missing-alg",
    "a token without `kid`, and no key of its algorithm",
    ["alg_mismatch", 0],
    withKeys({ ...KEYS.ES256.jwk, kid: "ec" }),
    { 0: { header: { kid: undefined } } },
  ),
  row(
    "good-kid-exact",
    "a key without `kid` does not stand before the one that is named",
    undefined,
    withKeys(MALLORY, { ...IDP, kid: "idp-1" }, MALLORY),
  ),
  row(
    "kid-exact",
    "nor does it help where that one is another",
    ["signature_invalid", 0],
    withKeys(IDP, { ...MALLORY, kid: "idp-1" }, IDP),
  ),
  row(
    "good-kid-of-none",
    "a key without `kid` where none has the token's",
    undefined,
    withKeys({ ...MALLORY, kid: "idp-2" }, IDP),
  ),
  row(
    "good-kid-duplicate",
    "of two keys of one `kid` the first",
    undefined,
    withKeys({ ...IDP, kid: "idp-1" }, { ...MALLORY, kid: "idp-1" }),
  ),
  row(
    "kid-duplicate",
    "and not the second",
    ["signature_invalid", 0],
    withKeys({ ...MALLORY, kid: "idp-1" }, { ...IDP, kid: "idp-1" }),
  ),
  row(
    "good-kid-duplicate-alg",
    "but the first of the token's algorithm",
    undefined,
    withKeys({ ...KEYS.ES256.jwk, kid: "idp-1" }, { ...IDP, kid: "idp-1" }),
  ),
  row(
    "kid-of-another-alg",
    "a key of the `kid`, of another algorithm, before one without `kid`",
    ["alg_mismatch", 0],
    withKeys(IDP, { ...KEYS.ES256.jwk, kid: "idp-1" }),
  ),
  row(
    "kid-other-case",
    "`kid` is compared letter by letter",
    ["key_unknown", 0, "kid"],
    withKeys({ ...IDP, kid: "IDP-1" }),
  ),
  row("good-second-issuer", "the issuer that the root names, of several", undefined, async (now) => {
    const { issuers } = await usualOptions(now);
    return {
      issuers: [
        { issuer: `${CAST.issuer}/other`, types: ["at+jwt"], keys: [{ ...MALLORY, kid: "idp-1" }] },
        ...issuers,
      ],
    };
  }),
];

const domains: readonly Elsewhere[] = [
  row("good-svid", "a JWT-SVID: its trust domain names it", undefined, DOMAIN, svid(CAST.agent), 1),
  row(
    "good-svid-delegates",
    "a JWT-SVID whose workload delegates",
    undefined,
    DOMAIN,
    {
      ...svid(CAST.app.replace("https:", "spiffe:").replace("app.acme.example", "acme.example/app")),
      1: { claims: { iss: "spiffe://acme.example/app" } },
    },
    2,
  ),
  row("good-svid-without-typ", "one without `typ`", undefined, DOMAIN, svid(CAST.agent, { typ: undefined }), 1),
  row("good-svid-wit", "a WIT as root", undefined, DOMAIN, svid(CAST.agent, { typ: "wit+jwt" }), 1),
  row(
    "good-svid-second-issuer",
    "the issuer of the trust domain, of several",
    undefined,
    async (now) => {
      const { issuers } = await DOMAIN(now);
      const other = {
        issuer: "https://other.example",
        types: ["JWT"],
        trust_domain: "other.example",
        keys: [{ ...MALLORY, kid: "idp-1" }],
      };
      return { issuers: [other, ...issuers] };
    },
    svid(CAST.agent),
    1,
  ),
  row(
    "svid-at-jwt",
    "an access token always names its issuer",
    ["claim_missing", 0, "iss"],
    DOMAIN,
    svid(CAST.agent, { typ: "at+jwt" }),
    1,
  ),
  row(
    "svid-of-another-domain",
    "a trust domain of nobody",
    ["claim_missing", 0, "iss"],
    DOMAIN,
    svid("spiffe://evil.example/agents/support"),
    1,
  ),
  row(
    "svid-of-longer-domain",
    "a trust domain that only begins alike",
    ["claim_missing", 0, "iss"],
    DOMAIN,
    svid("spiffe://acme.example.evil.example/a"),
    1,
  ),
  row(
    "svid-of-shorter-domain",
    "a trust domain that only ends alike",
    ["claim_missing", 0, "iss"],
    DOMAIN,
    svid("spiffe://evil.acme.example/a"),
    1,
  ),
  row(
    "svid-of-user",
    "a user before the trust domain",
    ["claim_missing", 0, "iss"],
    DOMAIN,
    svid("spiffe://acme.example@evil.example/a"),
    1,
  ),
  row(
    "svid-of-domain-itself",
    "a trust domain without a workload",
    ["claim_missing", 0, "iss"],
    DOMAIN,
    svid("spiffe://acme.example/"),
    1,
  ),
  row(
    "svid-other-scheme",
    "the same authority under another scheme",
    ["claim_missing", 0, "iss"],
    DOMAIN,
    svid("https://acme.example/agents/support"),
    1,
  ),
  row(
    "svid-without-domain",
    "an issuer that has no trust domain",
    ["claim_missing", 0, "iss"],
    issuerWith({ types: ["JWT"] }),
    svid(CAST.agent),
    1,
  ),
  row(
    "svid-typ-not-accepted",
    "a type that the issuer's entry does not list",
    ["typ_not_accepted", 0, "typ"],
    issuerWith({ types: ["at+jwt"], trust_domain: "acme.example" }),
    svid(CAST.agent),
    1,
  ),
  row(
    "svid-forged",
    "signed by somebody else",
    ["signature_invalid", 0],
    DOMAIN,
    { 0: { ...svid(CAST.agent)[0], signedBy: "mallory" } },
    1,
  ),
];

export const ELSEWHERE: readonly Elsewhere[] = [...limits, ...times, ...kinds, ...spellings, ...choice, ...domains];
