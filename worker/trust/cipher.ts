/**
 * Encryption at rest: AES-256-GCM (NIST SP 800-38D) with named keys. The first key encrypts, all of them decrypt, so
 * that a new key can be put in front without loss.
 */
import { base64url } from "jose";
import * as v from "valibot";

/**
 * The form of the secret VAULT_KEYS: a JWK Set of symmetric keys (RFC 7518, section 6.4) of 256 bits, each with its own
 * `kid`.
 */
export const CipherKeys = v.object({
  keys: v.pipe(
    v.array(
      v.object({
        kty: v.literal("oct"),
        k: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/, "must be 32 bytes in base64url")),
        kid: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/, "must be letters, digits, `_` and `-`")),
      }),
    ),
    v.minLength(1),
    v.check((keys) => new Set(keys.map(({ kid }) => kid)).size === keys.length, "names a `kid` twice"),
  ),
});
export type CipherKeys = v.InferOutput<typeof CipherKeys>;

export interface Opened {
  readonly text: string;
  /** Whether it is encrypted with the first key. */
  readonly isCurrent: boolean;
}

export interface Cipher {
  /** @param about the context of the text (additional authenticated data): it decrypts only with the same */
  seal(text: string, about: string): Promise<string>;
  /** Undefined if the text has another context, was changed, or its key is gone. */
  open(sealed: string, about: string): Promise<Opened | undefined>;
}

/** Octets: SP 800-38D, section 8.2.2, for random ones. */
const IV = 12;

export async function createCipher({ keys }: CipherKeys): Promise<Cipher> {
  const imported = new Map(await Promise.all(keys.map(async ({ kid, k }) => [kid, await importKey(k)] as const)));
  const current = (keys[0] as CipherKeys["keys"][number]).kid;
  return {
    async seal(text, about) {
      const iv = crypto.getRandomValues(new Uint8Array(IV));
      const key = imported.get(current) as CryptoKey;
      const sealed = await crypto.subtle.encrypt(parameters(iv, about), key, bytesOf(text));
      return `${current}.${base64url.encode(iv)}.${base64url.encode(new Uint8Array(sealed))}`;
    },
    async open(sealed, about) {
      const [kid = "", iv = "", content = ""] = sealed.split(".");
      const key = imported.get(kid);
      if (key === undefined) return undefined;
      try {
        const bytes = base64url.decode(content) as Uint8Array<ArrayBuffer>;
        const text = await crypto.subtle.decrypt(parameters(base64url.decode(iv), about), key, bytes);
        return { text: new TextDecoder().decode(text), isCurrent: kid === current };
      } catch {
        // The tag does not match, or this is not base64url.
        return undefined;
      }
    },
  };
}

function importKey(k: string): Promise<CryptoKey> {
  const bytes = base64url.decode(k) as Uint8Array<ArrayBuffer>;
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

function parameters(iv: Uint8Array, about: string) {
  return { name: "AES-GCM", iv: iv as Uint8Array<ArrayBuffer>, additionalData: bytesOf(about) };
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}
