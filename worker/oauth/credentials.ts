/** Client credentials (RFC 6749, section 4.4): a workload's own root token, which begins a task. */
import type { AccessTokenClaims } from "../types.ts";
import { beginWorkflow } from "./actor-chain/extend.ts";
import { OauthError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { chooseExpiry, chooseScopes, chooseTarget } from "./grant.ts";
import { issueAccessToken, type TokenResponse } from "./issue.ts";
import type { Service } from "./service.ts";
import { withStatus } from "./status-list.ts";
import { ACCESS_TOKEN } from "./token-types.ts";

/** @throws OauthError */
export async function grantCredentials(
  { client, parameters, binding }: Exchange,
  service: Service,
): Promise<TokenResponse> {
  const { config, now } = service;
  if (binding === undefined && client.dpop_bound) {
    throw new OauthError("invalid_dpop_proof", "the token must be bound to a key: send a DPoP proof");
  }
  const seconds = Math.floor(now() / 1000);
  const claims: AccessTokenClaims = {
    iss: config.gateway.id,
    sub: client.actor,
    aud: chooseTarget(parameters, client, config),
    client_id: client.client_id,
    scope: chooseScopes(parameters, client, undefined).join(" "),
    iat: seconds,
    exp: chooseExpiry(client, config, { now: seconds, until: undefined, began: seconds }),
    jti: crypto.randomUUID(),
    txn: crypto.randomUUID(),
    tctx: { purpose: client.purpose },
    act: { sub: client.actor, iss: config.gateway.id },
    max_hops: client.max_depth - 1,
    ...(binding !== undefined && { cnf: { jkt: binding } }),
    lineage: [],
  };
  const begun = await beginWorkflow({ client, parameters, claims }, service);
  return issueAccessToken(await withStatus(begun, service), ACCESS_TOKEN, service);
}
