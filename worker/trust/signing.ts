/** The gateway's own keys: the first signs, all are published, so that a key is known before it is used. */
import { base64url, type JWK } from "jose";
import * as v from "valibot";

export interface Signer {
  readonly kid: string;
  readonly key: CryptoKey;
  /** Signs claims as a compact JWS (RFC 7515, section 7.1) with EdDSA. */
  sign(typ: string, claims: object): Promise<string>;
  /** Like `sign`, for a payload whose exact bytes matter. */
  signText(typ: string, payload: string): Promise<string>;
}

const utf8 = new TextEncoder();

const bytes32 = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/, "must be 32 bytes in base64url"));
const PrivateJwk = v.object({
  kty: v.literal("OKP"),
  crv: v.literal("Ed25519"),
  x: bytes32,
  d: bytes32,
  kid: v.pipe(v.string(), v.minLength(1)),
});

/** The form of the secret GATEWAY_KEYS: a JWK Set of private Ed25519 keys, each with its own `kid`. */
export const PrivateKeys = v.object({
  keys: v.pipe(
    v.array(PrivateJwk),
    v.minLength(1),
    v.check((keys) => new Set(keys.map(({ kid }) => kid)).size === keys.length, "names a `kid` twice"),
  ),
});
export type PrivateKeys = v.InferOutput<typeof PrivateKeys>;

/** The private part of the current key, from which other keys are derived. */
export function privatePart({ keys }: PrivateKeys): string {
  return (keys[0] as PrivateKeys["keys"][number]).d;
}

/** The public half of every key, current one first (RFC 7517, section 5). */
export function publicKeys({ keys }: PrivateKeys): { keys: JWK[] } {
  return { keys: keys.map(({ kty, crv, x, kid }) => ({ kty, crv, x, kid, alg: "EdDSA", use: "sig" })) };
}

/** The signer of the current key. */
export async function createSigner({ keys }: PrivateKeys): Promise<Signer> {
  const { kty, crv, x, d, kid } = keys[0] as PrivateKeys["keys"][number];
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x, d }, "Ed25519", false, ["sign"]);
  const headers = new Map<string, string>();
  /** The header, which is the same for all tokens of a type. */
  function headerOf(typ: string): string {
    const header = headers.get(typ) ?? base64url.encode(JSON.stringify({ alg: "EdDSA", typ, kid }));
    headers.set(typ, header);
    return header;
  }
  async function signText(typ: string, payload: string): Promise<string> {
    const input = `${headerOf(typ)}.${base64url.encode(payload)}`;
    const signature = await crypto.subtle.sign("Ed25519", key, utf8.encode(input));
    return `${input}.${base64url.encode(new Uint8Array(signature))}`;
  }
  return { kid, key, sign: (typ, claims) => signText(typ, JSON.stringify(claims)), signText };
}
