/** The key that an issued token names: the one that makes a DPoP proof for the token request (RFC 9449, section 5). */
import { calculateJwkThumbprint, EmbeddedJWK, type JWK, jwtVerify } from "jose";
import { HopError } from "../errors.ts";
import { PROOF_ALGORITHMS, refused, sameTarget } from "../proof/proof.ts";
import { OauthError } from "./errors.ts";
import { isFreshNonce } from "./nonce.ts";
import type { Service } from "./service.ts";
import { spendOnce } from "./spend.ts";

/** The key's RFC 7638 thumbprint, or undefined where the request has no proof. @throws OauthError */
export async function readBinding(request: Request, service: Service): Promise<string | undefined> {
  const proof = request.headers.get("dpop");
  if (proof === null) return undefined;
  const { config, now } = service;
  const seconds = Math.floor(now() / 1000);
  const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
    typ: "dpop+jwt",
    algorithms: PROOF_ALGORITHMS,
    currentDate: new Date(now()),
    clockTolerance: config.gateway.clock_skew,
  }).catch((cause: unknown) => {
    throw bad(refused(cause));
  });
  const { pathname, origin } = new URL(request.url);
  const here = [origin + pathname, new URL(pathname, config.gateway.id).href];
  const { iat, jti, htm, htu, nonce } = payload;
  if (htm !== request.method) throw bad(new HopError("proof_method", { member: "htm" }));
  if (!here.some((target) => sameTarget(htu, target))) throw bad(new HopError("proof_target", { member: "htu" }));
  const window = config.gateway.proof_window;
  if (iat === undefined || iat > seconds + config.gateway.clock_skew || iat <= seconds - window) {
    throw bad(new HopError("proof_stale", { member: "iat" }));
  }
  if (typeof jti !== "string" || jti === "" || jti.length > 256)
    throw bad(new HopError("proof_malformed", { member: "jti" }));
  if (config.oauth.dpop_nonce && !(await isFreshNonce(nonce, service.nonceSecret, now()))) {
    throw new OauthError("use_dpop_nonce", "the proof must carry the nonce of the header `DPoP-Nonce`");
  }
  const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk as JWK);
  const fresh = await spendOnce(thumbprint, jti, Math.ceil(iat) + window, service);
  if (!fresh) throw bad(new HopError("proof_replayed"));
  return thumbprint;
}

function bad(cause: HopError): OauthError {
  return new OauthError("invalid_dpop_proof", cause.message, { cause });
}
