/** DPoP (RFC 9449, section 4.3): a JWT signed for this one request with the key that the last hop names. */
import { calculateJwkThumbprint, EmbeddedJWK, type JWK, jwtVerify } from "jose";
import { HopError } from "../errors.ts";
import {
  leafThumbprint,
  PROOF_ALGORITHMS,
  type ProofContext,
  refused,
  requireJti,
  type SpentProof,
  sameTarget,
} from "./proof.ts";

/** @throws HopError `proof_*` */
export async function verifyDpop(unverifiedProof: string, context: ProofContext): Promise<SpentProof> {
  const thumbprint = await leafThumbprint(context.leaf);
  if (thumbprint === undefined) throw new HopError("proof_not_accepted");

  const { payload, protectedHeader } = await jwtVerify(unverifiedProof, EmbeddedJWK, {
    typ: "dpop+jwt",
    algorithms: PROOF_ALGORITHMS,
    currentDate: new Date(context.now * 1000),
    clockTolerance: context.skew,
  }).catch((error: unknown) => {
    throw refused(error);
  });
  // EmbeddedJWK has verified with this key, and refused a private one.
  if ((await calculateJwkThumbprint(protectedHeader.jwk as JWK)) !== thumbprint) {
    throw new HopError("proof_key_mismatch");
  }
  if (payload["htm"] !== context.method) throw new HopError("proof_method", { member: "htm" });
  if (!sameTarget(payload["htu"], context.target)) throw new HopError("proof_target", { member: "htu" });
  if (payload["ath"] !== context.chainHash) throw new HopError("proof_chain", { member: "ath" });
  const { iat } = payload;
  if (iat === undefined || iat > context.now + context.skew || iat <= context.now - context.window) {
    throw new HopError("proof_stale", { member: "iat" });
  }
  return { thumbprint, jti: requireJti(payload.jti), expires: Math.ceil(iat) + context.window };
}
