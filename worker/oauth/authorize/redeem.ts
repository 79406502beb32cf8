/** Redeems the code from a person's browser: grant type `authorization_code` (RFC 6749, section 4.1.3; RFC 7636). */

import { refuseRequestDetails } from "../contexts.ts";
import { refuseDetails } from "../details.ts";
import { OauthError } from "../errors.ts";
import type { Exchange } from "../exchange.ts";
import { hashOf } from "../grants/grant.ts";
import { endGrant, findGrant, type Held } from "../grants/keeper.ts";
import type { TokenResponse } from "../issue.ts";
import type { Service } from "../service.ts";
import { issueFrom } from "./issue-from.ts";

/** @throws OauthError `invalid_request`, `invalid_authorization_details`, `invalid_grant`, `invalid_dpop_proof`, `temporarily_unavailable` */
export async function redeemCode(asked: Exchange, service: Service): Promise<TokenResponse> {
  refuseRequestDetails(asked.parameters);
  refuseDetails(asked.parameters);
  const held = await findGrant(asked.parameters.need("code"), "code", service);
  if (!isFit(held, asked, service)) {
    // The sender has the code but not what it is bound to: it has leaked, or was injected into another client's answer.
    await endGrant(held.grant, held.secret, service);
    throw new OauthError("invalid_grant", "the code was issued for another client, redirect URI, verifier or resource");
  }
  const { binding, client } = asked;
  const bound = held.code?.jkt;
  if ((bound !== undefined && bound !== binding) || (client.dpop_bound && binding === undefined))
    throw new OauthError("invalid_dpop_proof", "the code is bound to a key: the DPoP proof must be made with it");
  const grant = { ...held.grant, ...(binding !== undefined && { jkt: binding }) };
  return issueFrom({ ...held, grant }, grant.scopes, client, service);
}

function isFit({ grant, code }: Held, { client, parameters }: Exchange, { core }: Service): boolean {
  const verifier = parameters.need("code_verifier");
  return (
    client.client_id === grant.client.id &&
    parameters.need("redirect_uri") === grant.redirect_uri &&
    (parameters.get("resource") ?? grant.resource) === grant.resource &&
    /^[A-Za-z0-9._~-]{43,128}$/.test(verifier) &&
    hashOf(verifier, core.sha256) === code?.challenge
  );
}
