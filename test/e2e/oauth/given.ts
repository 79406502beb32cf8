/** The authorization server as the library oauth4webapi knows it. */
import * as oauth from "oauth4webapi";
import { type keyNamed, sign } from "../../vectors/craft.ts";
import { nowSeconds, type World } from "../harness.ts";
import { basic, EXCHANGE, exchange, grantedBy, INSECURE, post, type Server, serverOf } from "../oauth.ts";
import { sharedWorld } from "../shared-world.ts";

export let world: World;
export let as: oauth.AuthorizationServer;
export let verified: Server["verified"];
export async function startServer(): Promise<void> {
  ({ world, as, verified } = await serverOf(await sharedWorld()));
}

export async function exchangeByLibrary(
  client: oauth.Client,
  auth: oauth.ClientAuth,
  parameters: Record<string, string>,
  options = {},
) {
  const response = await oauth.genericTokenEndpointRequest(as, client, auth, EXCHANGE, parameters, {
    ...INSECURE,
    ...options,
  });
  return oauth.processGenericTokenEndpointResponse(as, client, response);
}

/** An exchange whose token names this key. */
export async function exchangeWithKey(
  key: Awaited<ReturnType<typeof keyNamed>>,
  form: Record<string, string>,
  who: string,
): Promise<string> {
  const nonce = (await post(world, "/oauth/token", {})).headers.get("dpop-nonce");
  const now = nowSeconds();
  const proof = await sign(
    { alg: "EdDSA", typ: "dpop+jwt", jwk: key.jwk },
    { htm: "POST", htu: `${world.url}/oauth/token`, iat: now, jti: crypto.randomUUID(), nonce },
    key,
  );
  return (await grantedBy(await exchange(world, form, { ...basic(who), dpop: proof }))).access_token;
}
