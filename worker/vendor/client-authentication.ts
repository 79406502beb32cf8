/** Authenticates the gateway as a client at a vendor's token endpoint. */
import * as oauth from "oauth4webapi";
import * as v from "valibot";
import { ClientKey, importClientKey } from "../trust/client-key.ts";

export type AuthMethod = "basic" | "post" | "private_key_jwt";

/**
 * @param secret the client's secret, or JSON of its private key for an assertion (RFC 7523, section 2.2); undefined for
 * a public client
 */
export async function clientAuthentication(method: AuthMethod, secret: string | undefined): Promise<oauth.ClientAuth> {
  if (secret === undefined) return oauth.None();
  if (method === "basic") return oauth.ClientSecretBasic(secret);
  if (method === "post") return oauth.ClientSecretPost(secret);
  const jwk = v.parse(ClientKey, JSON.parse(secret));
  return oauth.PrivateKeyJwt({ key: await importClientKey(jwk), kid: jwk.kid });
}
