/** Security Event Tokens (RFC 8417) as SSF 1.0 profiles them: signed by the gateway's key, of a type that no other of its tokens has. */
import type { Signer } from "../trust/signing.ts";

export const SET_TYPE = "secevent+jwt";

/** What a SET says; neither `sub` nor `exp`, so that it passes for no other token (SSF 1.0, section 4.1). */
export interface SetContent {
  readonly audience: string;
  readonly subject: Readonly<Record<string, unknown>>;
  /** URI of the event's type, and what it says. */
  readonly uri: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What caused it. */
  readonly cause: string;
}

/** A SET on its way into a stream. */
export interface SignedSet {
  readonly jti: string;
  readonly uri: string;
  readonly jws: string;
}

/** @param issuer the gateway's id @param now milliseconds since the epoch */
export async function signSet(
  { audience, subject, uri, claims, cause }: SetContent,
  issuer: string,
  signer: Pick<Signer, "sign">,
  now: number,
): Promise<SignedSet> {
  const jti = crypto.randomUUID();
  const content = {
    iss: issuer,
    aud: audience,
    iat: Math.floor(now / 1000),
    jti,
    txn: cause,
    sub_id: subject,
    events: { [uri]: claims },
  };
  return { jti, uri, jws: await signer.sign(SET_TYPE, content) };
}
