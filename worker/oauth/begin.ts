/**
 * The claims of a token that begins a task here: the client is its only actor. Pure, except for the ids that it makes.
 */
import { issuerParty, type Party } from "../chain/party.ts";
import type { AccessTokenClaims } from "../claims.ts";
import { withRequestDetails } from "./contexts.ts";
import { refuseDetails } from "./details.ts";
import { OauthError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { chooseExpiry, chooseScopes } from "./grant.ts";
import { clientActor } from "./names.ts";
import type { Service } from "./service.ts";

export interface Beginning {
  readonly subject: Party;
  /** Its audience. */
  readonly target: string;
  /** Scopes of what it is derived from; undefined if only the client's registration bounds them. */
  readonly available: readonly string[] | undefined;
  /** Seconds since the epoch: the end of what it is derived from; undefined if it is derived from nothing. */
  readonly until: number | undefined;
}

/** @throws OauthError `invalid_authorization_details`, `invalid_dpop_proof`, `invalid_scope`, `invalid_request` */
export function beginTask(
  { subject, target, available, until }: Beginning,
  asked: Exchange,
  { config, now }: Pick<Service, "config" | "now">,
): AccessTokenClaims {
  const { client, parameters, binding } = asked;
  refuseDetails(parameters);
  if (binding === undefined && client.dpop_bound) {
    throw new OauthError("invalid_dpop_proof", "the token must be bound to a key: send a DPoP proof");
  }
  const seconds = Math.floor(now() / 1000);
  const gateway = issuerParty(config.gateway.id);
  const actor = clientActor(client, config.gateway.id);
  const claims: AccessTokenClaims = {
    iss: config.gateway.id,
    sub: subject.sub,
    sub_id: { format: "iss_sub", iss: subject.iss, sub: subject.sub },
    aud: target,
    client_id: client.client_id,
    scope: chooseScopes(parameters, client, available).join(" "),
    iat: seconds,
    exp: chooseExpiry(client, config, { now: seconds, until, began: seconds }),
    jti: crypto.randomUUID(),
    txn: crypto.randomUUID(),
    txn_by: gateway,
    txn_began: seconds,
    // The registration states it.
    tctx: { purpose: client.purpose },
    purpose_by: gateway,
    act: { sub: actor.sub, iss: actor.iss },
    act_proof: [actor.proof],
    max_hops: client.max_depth - 1,
    ...(binding !== undefined && { cnf: { jkt: binding } }),
    lineage: [],
  };
  // The registration states only the purpose; the client introduces the rest of the context.
  return withRequestDetails({ claims, introduced: undefined }, asked, config);
}
