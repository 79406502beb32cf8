/** The key that an issued token names: the key of the token request's DPoP proof (RFC 9449, section 5). */
import { HopError } from "../errors.ts";
import { targetOf } from "../http/origins.ts";
import { readDpop, verifyDpopProof } from "../proof/dpop.ts";
import { OauthError } from "./errors.ts";
import { isFreshNonce } from "./nonce.ts";
import type { Service } from "./service.ts";

/** The key's RFC 7638 thumbprint, or undefined if the request has no proof. @throws OauthError */
export async function readBinding(request: Request, service: Service): Promise<string | undefined> {
  const proof = request.headers.get("dpop");
  if (proof === null) return undefined;
  const { config, now } = service;
  const here = targetOf(request, config.gateway.origins);
  if (here === undefined) throw bad(new HopError("proof_target"));
  const { thumbprint, jti, expires, nonce } = await verifyDpopProof(readDpop(proof), {
    core: service.core,
    method: request.method,
    target: here,
    thumbprint: undefined,
    possession: undefined,
    tokenHash: undefined,
    now: Math.floor(now() / 1000),
    window: config.gateway.proof_window,
    skew: config.gateway.clock_skew,
  }).catch((cause: unknown) => {
    throw cause instanceof HopError ? bad(cause) : cause;
  });
  if (config.oauth.dpop_nonce && !(await isFreshNonce(nonce, service.nonceSecret, now()))) {
    throw new OauthError("use_dpop_nonce", "the proof must carry the nonce of the header `DPoP-Nonce`");
  }
  await service.spend({
    owner: thumbprint,
    name: `${thumbprint} ${jti}`,
    expires,
    refusal: bad(new HopError("proof_replayed")),
  });
  return thumbprint;
}

function bad(cause: HopError): OauthError {
  return new OauthError("invalid_dpop_proof", cause.message, { cause });
}
