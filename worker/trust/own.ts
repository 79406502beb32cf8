/** The gateway as an issuer: tokens of its authorization server begin chains like those of any other. */
import type { JWK } from "jose";
import type { Issuer } from "../config.ts";

/** @param keys the public halves of the gateway's keys, retiring ones too, so that no token in flight fails */
export function ownIssuer(id: string, keys: readonly JWK[]): Issuer {
  return {
    issuer: id,
    types: ["at+jwt", "txntoken+jwt"],
    scope: [],
    keys: keys as unknown as NonNullable<Issuer["keys"]>,
    refresh: 300,
    discovery: false,
    require: {},
    grants: false,
    scopes: {},
    claims: {},
  };
}
