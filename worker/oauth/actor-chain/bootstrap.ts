/**
 * The start of a verified workflow (draft-mw-oauth-actor-chain, "Common Bootstrap Context Request"): the context that
 * the first actor signs its proof over. It is a token of this server for this server, so nothing is stored until it is
 * redeemed.
 */
import { base64url, createLocalJWKSet, jwtVerify } from "jose";
import { answer } from "../answer.ts";
import { authenticate } from "../authenticate.ts";
import type { Client } from "../clients.ts";
import { NO_STORE, OauthError } from "../errors.ts";
import { chooseTarget } from "../grant.ts";
import { type Parameters, readParameters } from "../parameters.ts";
import type { Service } from "../service.ts";
import { HASH } from "./commitment.ts";
import { requestedProfile } from "./profile.ts";

const BOOTSTRAP_GRANT = "urn:ietf:params:oauth:grant-type:actor-chain-bootstrap";
const TYPE = "act-bootstrap+jwt";
const LIFE = 300;

/** A workflow that can begin. */
export interface Bootstrap {
  readonly acti: string;
  readonly sub: string;
  /** `initial_chain_seed`: the `prev` of the first proof. */
  readonly seed: string;
  readonly target: string;
}

export async function bootstrapEndpoint(request: Request, service: Service): Promise<Response> {
  try {
    const parameters = await readParameters(request, service.config.gateway);
    if (parameters.need("grant_type") !== BOOTSTRAP_GRANT) {
      throw new OauthError("unsupported_grant_type", "the endpoint only begins workflows");
    }
    if (requestedProfile(parameters) !== "verified-full") {
      throw new OauthError("invalid_request", "`actor_chain_profile` must be one that needs a bootstrap context");
    }
    const client = await authenticate(request, parameters, service);
    if (!client.grants.includes("client_credentials")) {
      throw new OauthError("unauthorized_client", "the client may not begin a workflow");
    }
    return Response.json(await begin(client, chooseTarget(parameters, client, service.config), service), {
      headers: NO_STORE,
    });
  } catch (error) {
    return answer(error, request);
  }
}

async function begin(client: Client, target: string, { signer, config, now }: Service): Promise<object> {
  const iat = Math.floor(now() / 1000);
  const bootstrap: Bootstrap = {
    acti: crypto.randomUUID(),
    sub: client.actor,
    seed: base64url.encode(crypto.getRandomValues(new Uint8Array(32))),
    target,
  };
  const claims = { iss: config.gateway.id, aud: config.gateway.id, client_id: client.client_id, iat, exp: iat + LIFE };
  return {
    actor_chain_bootstrap_context: await signer.sign(TYPE, { ...claims, ...bootstrap }),
    acti: bootstrap.acti,
    sub: bootstrap.sub,
    halg: HASH,
    target_context: { aud: target },
    initial_chain_seed: bootstrap.seed,
    expires_in: LIFE,
  };
}

/** @throws OauthError if the context is missing, not ours, another client's, or expired */
export async function readBootstrap(parameters: Parameters, client: Client, service: Service): Promise<Bootstrap> {
  const { config, publicKeys, now } = service;
  const context = parameters.need("actor_chain_bootstrap_context");
  const { payload } = await jwtVerify(context, createLocalJWKSet(publicKeys), {
    issuer: config.gateway.id,
    audience: config.gateway.id,
    typ: TYPE,
    algorithms: ["EdDSA"],
    requiredClaims: ["exp"],
    currentDate: new Date(now()),
  }).catch((cause: unknown) => {
    throw new OauthError("invalid_grant", "the bootstrap context is not valid at this server", { cause });
  });
  if (payload["client_id"] !== client.client_id)
    throw new OauthError("invalid_grant", "the bootstrap context is another client's");
  return payload as unknown as Bootstrap;
}
