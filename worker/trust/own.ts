/** The gateway as an issuer: tokens of its authorization server begin chains like those of other issuers. */
import type { JWK } from "jose";
import type { Issuer } from "../config.ts";

/** `typ` of the tokens that the gateway signs. Tokens for upstreams have a type that cannot begin a chain. */
export const ACCESS_TOKEN_TYPE = "at+jwt";
export const TXN_TOKEN_TYPE = "txntoken+jwt";
export const NARROWED_TYPE = "hop-narrowed+jwt";

/** @param keys the public halves of the gateway's keys, including retiring ones, so that issued tokens stay valid */
export function ownIssuer(id: string, keys: readonly JWK[]): Issuer {
  return {
    issuer: id,
    types: [ACCESS_TOKEN_TYPE, TXN_TOKEN_TYPE],
    scope: [],
    keys: keys as unknown as NonNullable<Issuer["keys"]>,
    refresh: 300,
    max_stale: 86400,
    discovery: false,
    require: {},
    grants: false,
    scopes: {},
    claims: {},
    speaks_for: [],
    policy_claims: {},
  };
}
