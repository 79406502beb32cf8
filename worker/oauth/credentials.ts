/** Client credentials (RFC 6749, section 4.4): a workload's own root token, which begins a task. */
import { issuerParty } from "../chain/party.ts";
import type { AccessTokenClaims } from "../claims.ts";
import { beginWorkflow } from "./actor-chain/extend.ts";
import { OauthError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { chooseExpiry, chooseScopes, chooseTarget } from "./grant.ts";
import { admitIssue, issueAccessToken, type TokenResponse } from "./issue.ts";
import { clientActor } from "./names.ts";
import { grantedEntry } from "./record.ts";
import type { Service } from "./service.ts";
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
  const gateway = issuerParty(config.gateway.id);
  const { iss, sub, proof } = clientActor(client, config.gateway.id);
  const claims: AccessTokenClaims = {
    iss: config.gateway.id,
    sub,
    sub_id: { format: "iss_sub", iss, sub },
    aud: chooseTarget(parameters, client, config),
    client_id: client.client_id,
    scope: chooseScopes(parameters, client, undefined).join(" "),
    iat: seconds,
    exp: chooseExpiry(client, config, { now: seconds, until: undefined, began: seconds }),
    jti: crypto.randomUUID(),
    txn: crypto.randomUUID(),
    txn_by: gateway,
    txn_began: seconds,
    // The registration states it.
    tctx: { purpose: client.purpose },
    purpose_by: gateway,
    act: { sub, iss },
    act_proof: [proof],
    max_hops: client.max_depth - 1,
    ...(binding !== undefined && { cnf: { jkt: binding } }),
    lineage: [],
  };
  const begun = await beginWorkflow({ client, parameters, claims }, service);
  const entry = grantedEntry(begun, "client_credentials", service);
  const admitted = await admitIssue({ claims: begun, standings: [], entry, placed: true }, service);
  return issueAccessToken(admitted, ACCESS_TOKEN, service);
}
