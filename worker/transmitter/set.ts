/** Security Event Tokens (RFC 8417) as SSF 1.0 profiles them: signed by the gateway's key, with a type of their own. */
import type { Signer } from "../trust/signing.ts";

export const SET_TYPE = "secevent+jwt";

/** Claims of a SET; neither `sub` nor `exp`, so that it cannot be used as another token (SSF 1.0, section 4.1). */
export interface SetContent {
  readonly audience: string;
  readonly subject: Readonly<Record<string, unknown>>;
  /** URI of the event's type, and its content. */
  readonly uri: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Its cause. */
  readonly cause: string;
}

/** A SET to be put into a stream. */
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
