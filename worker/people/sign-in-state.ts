/**
 * A sign-in that has begun, in a cookie of the browser that began it: a request to sign in makes the gateway store nothing.
 * The cookie is signed, so that what comes back is what was given.
 */
import * as v from "valibot";
import { sealJson, unsealJson } from "../trust/derived-key.ts";

/** Seconds in which a sign-in has to be done. */
export const SIGN_IN_SECONDS = 300;

const SignIn = v.object({
  /** What the provider sends back beside the code (RFC 6749, section 10.12). */
  state: v.string(),
  nonce: v.string(),
  /** Of PKCE (RFC 7636). */
  verifier: v.string(),
  /** Seconds since the epoch. */
  expires: v.number(),
  /** Path and query to go on to. */
  to: v.optional(v.string()),
});
export type SignIn = v.InferOutput<typeof SignIn>;

/** The person, or what speaks for them, is not signed in: the cause says why. An outage is no refusal. */
export class SignInRefused extends Error {
  override readonly name = "SignInRefused";
}

/** @param key an HMAC key of the gateway for this use alone */
export async function sealSignIn(signIn: SignIn, key: CryptoKey): Promise<string> {
  return sealJson(signIn, key);
}

/** @param now seconds since the epoch. @throws SignInRefused where the cookie is not ours, or too old */
export async function openSignIn(cookie: string, key: CryptoKey, now: number): Promise<SignIn> {
  const value = await unsealJson(cookie, key);
  if (value === undefined) throw new SignInRefused("the sign-in was not begun here");
  const signIn = v.parse(SignIn, value);
  if (signIn.expires <= now) throw new SignInRefused("the sign-in took too long");
  return signIn;
}
