/** Passkeys of approvers (W3C Web Authentication, Level 3): what is stored, and what a challenge covers. Pure. */
import { toBase64url } from "../../wasm/core.ts";

/** A credential as it was registered. */
export interface Passkey {
  /** Its id, in base64url. */
  readonly id: string;
  /** COSE key, in base64url. */
  readonly publicKey: string;
  /** The authenticator's signature counter; 0 if it has none. */
  readonly counter: number;
  readonly transports: readonly string[];
  /** ISO 8601. */
  readonly created: string;
}

/** A passkey that has signed a challenge. Counter and challenge are used up in the step that they authorize. */
export interface UsedPasskey {
  readonly id: string;
  readonly person: string;
  readonly nonce: string;
  /** The authenticator's counter in this answer. */
  readonly counter: number;
}

/** Seconds in which a challenge must be answered. */
export const CHALLENGE_SECONDS = 300;

/**
 * What an authenticator signs: a hash over the nonce, its owner and the whole action. So an answer for one approval,
 * group or comment is not valid for another.
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
