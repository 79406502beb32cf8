/** Writes the trust anchors for hop 0, in the layout of `wasm/assembly/trust.ts`. */

/** Codes of the signature algorithms in the core; a key has exactly one. */
export const ALGORITHMS = {
  EdDSA: 1,
  ES256: 2,
  RS256: 3,
  PS256: 4,
  ES384: 5,
  "ML-DSA-44": 6,
  "ML-DSA-65": 7,
  "ML-DSA-87": 8,
} as const;
export type Algorithm = keyof typeof ALGORITHMS;

/** What hop 0 may be, by `typ` (without "application/"); "none" is a header without one. */
export const ROOT_TYPES = ["none", "JWT", "JOSE", "at+jwt", "txntoken+jwt", "wit+jwt"] as const;
export type RootType = (typeof ROOT_TYPES)[number];

export interface AnchorKey {
  readonly kid?: string | undefined;
  readonly alg: Algorithm;
  /** 32 bytes; required for EdDSA, the only algorithm whose keys the core uses itself. */
  readonly publicKey?: Uint8Array | undefined;
}

export interface Anchor {
  readonly issuer: string;
  readonly types: readonly RootType[];
  /** The scope of this issuer's tokens that have none. */
  readonly scope?: string | undefined;
  /** The SPIFFE trust domain whose JWT-SVIDs and WITs it signs: those that name no issuer are its own. */
  readonly trustDomain?: string | undefined;
  readonly keys: readonly AnchorKey[];
}

/** Encoded anchors. Treated as immutable: the core copies them again only when given another object. */
export interface TrustAnchors {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Encodes issuers and their keys for `ChainOptions.trust`.
 *
 * @throws RangeError if an issuer, kid, scope or trust domain is too long to be encoded, or an EdDSA key is not 32
 * bytes
 */
export function encodeTrust(anchors: readonly Anchor[]): TrustAnchors {
  const entries = anchors.map(encodeAnchor);
  const bytes = new Uint8Array(entries.reduce((sum, entry) => sum + entry.length, 4));
  let at = 0;
  for (const entry of entries) {
    bytes.set(entry, at);
    at += entry.length;
  }
  return { bytes };
}

function encodeAnchor(anchor: Anchor): Uint8Array {
  const utf8 = new TextEncoder();
  const issuer = utf8.encode(anchor.issuer);
  const scope = utf8.encode(anchor.scope ?? "");
  const keys = anchor.keys.map((key) => encodeKey(key, utf8.encode(key.kid ?? "")));
  const domain = utf8.encode(anchor.trustDomain ?? "");
  if (issuer.length > 1024 || scope.length > 8192) throw new RangeError("issuer or scope is too long");
  if (domain.length > 255) throw new RangeError("a trust domain has at most 255 bytes");

  const size = 16 + issuer.length + scope.length + domain.length + keys.reduce((sum, key) => sum + key.length, 0);
  const entry = new Uint8Array(size);
  const view = new DataView(entry.buffer);
  view.setUint32(0, size, true);
  view.setUint32(
    4,
    anchor.types.reduce((bits, type) => bits | (1 << ROOT_TYPES.indexOf(type)), 0),
    true,
  );
  view.setUint16(8, issuer.length, true);
  view.setUint16(10, scope.length, true);
  view.setUint16(12, keys.length, true);
  view.setUint16(14, domain.length, true);
  let at = 16;
  for (const part of [issuer, scope, domain, ...keys]) {
    entry.set(part, at);
    at += part.length;
  }
  return entry;
}

function encodeKey(key: AnchorKey, kid: Uint8Array): Uint8Array {
  const publicKey = key.alg === "EdDSA" ? key.publicKey : new Uint8Array(0);
  if (key.alg === "EdDSA" && publicKey?.length !== 32) throw new RangeError("an EdDSA key has 32 bytes");
  if (kid.length > 255) throw new RangeError("a kid has at most 255 bytes");
  return Uint8Array.from([ALGORITHMS[key.alg], kid.length, ...kid, ...(publicKey ?? [])]);
}
