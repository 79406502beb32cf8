/** Passkeys of those who approve (W3C Web Authentication, Level 3): what is kept of them, and what a challenge is about. Pure. */
import { toBase64url } from "../../wasm/core.ts";

/** A credential as it was registered. */
export interface Passkey {
  /** Its id, in base64url. */
  readonly id: string;
  /** COSE key, in base64url. */
  readonly publicKey: string;
  /** How often it has signed, as it says itself; 0 where it does not count. */
  readonly counter: number;
  readonly transports: readonly string[];
  /** ISO 8601. */
  readonly created: string;
}

/** A passkey that has signed a challenge: both are used up with what they are used for. */
export interface UsedPasskey {
  readonly id: string;
  readonly person: string;
  readonly nonce: string;
  /** As the authenticator said now. */
  readonly counter: number;
}

/** Seconds in which a challenge must be answered. */
export const CHALLENGE_SECONDS = 300;

/**
 * What an authenticator signs: a hash over the nonce, over whose it is, and over everything that is being done. So an answer that
 * was given for one approval, group or comment is no answer for another.
 */
export function challengeOf(
  nonce: string,
  person: string,
  about: readonly string[],
  sha256: (bytes: Uint8Array) => Uint8Array,
): { readonly bytes: Uint8Array<ArrayBuffer>; readonly text: string } {
  const bytes = new Uint8Array(sha256(new TextEncoder().encode(JSON.stringify([nonce, person, ...about]))));
  return { bytes, text: toBase64url(bytes) };
}
