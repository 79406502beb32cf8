/**
 * A sign-in in progress, in a cookie of the browser that began it, so that the gateway stores nothing for it. The
 * cookie is signed, so it cannot be changed.
 */
import * as v from "valibot";
import { sealJson, unsealJson } from "../trust/derived-key.ts";

/** Seconds in which a sign-in must be completed. */
export const SIGN_IN_SECONDS = 300;

const SignIn = v.object({
  /** What the provider returns with the code (RFC 6749, section 10.12). */
  state: v.string(),
  nonce: v.string(),
  /** Of PKCE (RFC 7636). */
  verifier: v.string(),
  /** Seconds since the epoch. */
  expires: v.number(),
  /** Path and query to continue with. */
  to: v.optional(v.string()),
});
export type SignIn = v.InferOutput<typeof SignIn>;

/** The person was not signed in; the cause says why. An outage is not a refusal. */
export class SignInRefused extends Error {
  override readonly name = "SignInRefused";
}

/** @param key an HMAC key of the gateway for this use only */
export async function sealSignIn(signIn: SignIn, key: CryptoKey): Promise<string> {
  return sealJson(signIn, key);
}

/** @param now seconds since the epoch. @throws SignInRefused if the cookie is not ours, or too old */
export async function openSignIn(cookie: string, key: CryptoKey, now: number): Promise<SignIn> {
  const value = await unsealJson(cookie, key);
  if (value === undefined) throw new SignInRefused("the sign-in was not begun here");
  const signIn = v.parse(SignIn, value);
  if (signIn.expires <= now) throw new SignInRefused("the sign-in took too long");
  return signIn;
}
