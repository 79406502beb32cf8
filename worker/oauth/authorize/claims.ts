/** The token that a client gets for what a person has allowed: the person by their own authority, the client as the first actor. Pure. */
import { nestActors } from "../../chain/act.ts";
import { issuerParty } from "../../chain/party.ts";
import { taskId } from "../../chain/task.ts";
import type { AccessTokenClaims } from "../../claims.ts";
import type { Client } from "../clients.ts";
import type { Grant } from "../grants/grant.ts";

export interface Issuing {
  readonly scopes: readonly string[];
  readonly client: Pick<Client, "max_depth">;
  /** The gateway's id. */
  readonly gateway: string;
  /** Seconds since the epoch. */
  readonly now: number;
  readonly expires: number;
}

/**
 * All tokens of one grant belong to one task, which ends with the grant. A token that names no key is a leaf: nothing
 * can be derived from it, and it can be used only at its route.
 */
export function claimsOf(grant: Grant, { scopes, client, gateway, now, expires }: Issuing): AccessTokenClaims {
  const { subject, resource, jkt, acr, auth_time: authTime, root_claims: claims } = grant;
  const own = issuerParty(gateway);
  return {
    iss: gateway,
    sub: subject.sub,
    sub_id: { format: "iss_sub", ...subject },
    aud: resource,
    client_id: grant.client.id,
    scope: scopes.join(" "),
    iat: now,
    exp: expires,
    jti: crypto.randomUUID(),
    txn: grant.txn,
    txn_by: own,
    txn_began: grant.began,
    tctx: { purpose: purposeOf(grant) },
    purpose_by: own,
    act: nestActors([grant.client.actor]),
    act_proof: [grant.client.actor.proof],
    max_hops: jkt === undefined ? 0 : client.max_depth - 1,
    ...(jkt !== undefined && { cnf: { jkt } }),
    ...(acr !== undefined && { acr }),
    ...(authTime !== undefined && { auth_time: authTime }),
    ...(claims !== undefined && { root_claims: claims }),
    lineage: grant.lineage,
  };
}

/** The consent is for the use of this route. */
export function purposeOf({ route }: Pick<Grant, "route">): string {
  return `consent/${route}`;
}

/** Identity of the grant's task. */
export function taskOfGrant({ txn }: Pick<Grant, "txn">, gateway: string, sha256: (bytes: Uint8Array) => Uint8Array) {
  return taskId(txn, issuerParty(gateway), sha256);
}
