/** An account that is being connected: signed state that the browser keeps until it comes back from the vendor. */
import * as v from "valibot";
import { sealJson, unsealJson } from "../../trust/derived-key.ts";

/** Seconds in which a person must come back from the vendor. */
export const CONNECT_SECONDS = 600;

const Connecting = v.object({
  vendor: v.string(),
  state: v.string(),
  /** Of PKCE (RFC 7636). */
  verifier: v.string(),
  /** Hash of the session in which it began. */
  session: v.string(),
  /** Seconds since the epoch. */
  expires: v.number(),
});
export type Connecting = v.InferOutput<typeof Connecting>;

/** @param key an HMAC key of the gateway for this use only */
export function sealConnecting(connecting: Connecting, key: CryptoKey): Promise<string> {
  return sealJson(connecting, key);
}

/** Undefined if the cookie is not ours, or too old. @param now seconds since the epoch */
export async function openConnecting(cookie: string, key: CryptoKey, now: number): Promise<Connecting | undefined> {
  const value = await unsealJson(cookie, key);
  if (value === undefined) return undefined;
  const connecting = v.parse(Connecting, value);
  return connecting.expires <= now ? undefined : connecting;
}
