/** Access tokens of vendors for the gateway itself, by OAuth client credentials (RFC 6749, section 4.4). */
import * as oauth from "oauth4webapi";
import type { Credential } from "../config.ts";
import { optionsOf, type ProviderEdges } from "../trust/provider.ts";
import { clientAuthentication } from "./client-authentication.ts";
import { type Issued, untilOf } from "./kept.ts";

type Client = Extract<Credential, { kind: "oauth" }>;

export async function askByClientCredentials(
  { token_url: url, client_id, scope, auth, audience }: Client,
  secret: string,
  edges: ProviderEdges,
): Promise<Issued<string>> {
  // The audience of an assertion is the server's issuer identifier (RFC 10070).
  const server = { issuer: audience ?? url, token_endpoint: url };
  const parameters: Record<string, string> = scope.length > 0 ? { scope: scope.join(" ") } : {};
  const authentication = await clientAuthentication(auth, secret);
  const client = { client_id };
  const options = optionsOf(url, edges);
  const answer = await oauth.clientCredentialsGrantRequest(server, client, authentication, parameters, options);
  const { access_token: value, expires_in: life } = await oauth.processClientCredentialsResponse(
    server,
    client,
    answer,
  );
  return { value, until: untilOf(life, edges.now()) };
}
