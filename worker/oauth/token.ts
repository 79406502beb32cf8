/** `POST /oauth/token`: authenticates the client, reads key and request, then runs the grant. */
import { answer } from "./answer.ts";
import { authenticateBound } from "./authenticate.ts";
import { redeemCode } from "./authorize/redeem.ts";
import { refresh } from "./authorize/refresh.ts";
import { readBinding } from "./binding.ts";
import { offeredGrants } from "./clients.ts";
import { grantCredentials } from "./credentials.ts";
import { NO_STORE, OauthError } from "./errors.ts";
import { exchange } from "./exchange.ts";
import { redeemGrant } from "./inbound.ts";
import type { TokenResponse } from "./issue.ts";
import { makeNonce } from "./nonce.ts";
import { readParameters } from "./parameters.ts";
import { exchangeSelfSigned } from "./self-signed.ts";
import type { Service } from "./service.ts";
import { collectSpending, spendAll } from "./spend.ts";
import { SELF_SIGNED } from "./token-types.ts";

/** Never rejects. */
export async function tokenEndpoint(request: Request, service: Service): Promise<Response> {
  const nonce = await makeNonce(service.nonceSecret, service.now());
  const { spend, take } = collectSpending();
  const response = await grant(request, { ...service, spend, takeSpending: take })
    .then((granted) => Response.json(granted, { headers: NO_STORE }))
    .catch((error: unknown) => answer(error, request));
  // Whatever the result: what the client has presented is spent.
  await spendAll(take(), service.ledger);
  response.headers.set("dpop-nonce", nonce);
  return response;
}

async function grant(request: Request, service: Service): Promise<TokenResponse> {
  const parameters = await readParameters(request, service.config.gateway);
  const type = parameters.need("grant_type");
  const { client, boundTo } = await authenticateBound(request, parameters, service);
  const known = offeredGrants(service.config).find((name) => name === type);
  if (known === undefined) throw new OauthError("unsupported_grant_type", "the grant type is not supported here");
  if (!client.grants.includes(known)) throw new OauthError("unauthorized_client", "the client may not use this grant");
  const binding = await readBinding(request, service);
  if (boundTo !== undefined && boundTo !== binding) {
    throw new OauthError(
      "invalid_dpop_proof",
      "the client's credential is bound to a key: the DPoP proof must be made with it",
    );
  }
  const asked = { client, parameters, binding };
  switch (known) {
    case "authorization_code":
      return redeemCode(asked, service);
    case "refresh_token":
      return refresh(asked, service);
    case "client_credentials":
      return grantCredentials(asked, service);
    case "urn:ietf:params:oauth:grant-type:token-exchange":
      return parameters.get("subject_token_type") === SELF_SIGNED
        ? exchangeSelfSigned(asked, service)
        : exchange(asked, service);
    case "urn:ietf:params:oauth:grant-type:jwt-bearer":
      return redeemGrant(asked, service);
  }
}
