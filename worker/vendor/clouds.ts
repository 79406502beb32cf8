/**
 * Access tokens of clouds for the gateway as a workload: the cloud trusts the gateway's issuer, so no cloud key is
 * stored.
 */
import * as v from "valibot";
import type { Credential } from "../config.ts";
import { fetchWhole } from "../content.ts";
import type { ProviderEdges } from "../trust/provider.ts";
import { type Issued, untilOf } from "./kept.ts";

type Google = Extract<Credential, { kind: "google" }>;
type Azure = Extract<Credential, { kind: "azure" }>;

const Token = v.object({ access_token: v.string(), expires_in: v.optional(v.number()) });
const Impersonated = v.object({ accessToken: v.string(), expireTime: v.pipe(v.string(), v.isoTimestamp()) });

/** The audience that Google and Azure expect in a workload's token. */
export function audienceOf(credential: Google | Azure): string {
  return credential.kind === "google" ? credential.audience : "api://AzureADTokenExchange";
}

/**
 * Google: the Security Token Service (RFC 8693), and then, if the configuration names one, a service account (IAM
 * Credentials API v1, `generateAccessToken`).
 *
 * @param token of the gateway's own issuer
 */
export async function askGoogle(credential: Google, token: string, edges: ProviderEdges): Promise<Issued<string>> {
  const { audience, scope, sts_url: url, iam_url: iam, service_account: account } = credential;
  const form = {
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    audience,
    scope: scope.join(" "),
    requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
    subject_token: token,
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
  };
  const federated = v.parse(Token, await post(url, new URLSearchParams(form), {}, edges));
  if (account === undefined)
    return { value: federated.access_token, until: untilOf(federated.expires_in, edges.now()) };
  const address = `${iam}/v1/projects/-/serviceAccounts/${encodeURIComponent(account)}:generateAccessToken`;
  const headers = { authorization: `Bearer ${federated.access_token}`, "content-type": "application/json" };
  const told = await post(address, JSON.stringify({ scope }), headers, edges);
  const { accessToken, expireTime } = v.parse(Impersonated, told);
  const seconds = Math.floor((Date.parse(expireTime) - edges.now()) / 1000);
  return { value: accessToken, until: untilOf(seconds, edges.now()) };
}

/** Azure: client credentials with the token as the assertion (Microsoft identity platform, "access token request with a federated credential"). */
export async function askAzure(credential: Azure, token: string, edges: ProviderEdges): Promise<Issued<string>> {
  const { tenant, client_id, scope, login_url: login } = credential;
  const form = {
    grant_type: "client_credentials",
    client_id,
    scope: scope.join(" "),
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: token,
  };
  const address = `${login}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`;
  const { access_token: value, expires_in: life } = v.parse(
    Token,
    await post(address, new URLSearchParams(form), {}, edges),
  );
  return { value, until: untilOf(life, edges.now()) };
}

/** @throws Error, which never quotes the answer */
async function post(
  address: string,
  body: URLSearchParams | string,
  headers: Record<string, string>,
  { fetch }: ProviderEdges,
): Promise<unknown> {
  const answer = await fetchWhole(new Request(address, { method: "POST", body, headers, redirect: "manual" }), fetch);
  if (!answer.ok) throw new Error(`the cloud answers ${answer.status}`);
  return answer.json();
}
