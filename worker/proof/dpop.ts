/** DPoP (RFC 9449, section 4.3): a JWT signed for one request, at the gateway's routes and at its token endpoint. */
import { calculateJwkThumbprint, EmbeddedJWK, type JWK, jwtVerify } from "jose";
import { HopError } from "../errors.ts";
import { readStrictJws } from "../trust/strict-jws.ts";
import {
  leafThumbprint,
  PROOF_ALGORITHMS,
  type ProofContext,
  refused,
  requireJti,
  type SpentProof,
  sameTarget,
} from "./proof.ts";

/** What a proof must say. */
export interface ExpectedProof extends Pick<ProofContext, "method" | "target" | "now" | "window" | "skew"> {
  /** RFC 7638 thumbprint of the key that must have signed it; undefined where any key may. */
  readonly thumbprint: string | undefined;
  /** `ath`: base64url(SHA-256) of the token; undefined where there is none yet. */
  readonly tokenHash: string | undefined;
}

/** A proof that holds; its nonce is the server's to judge. */
export interface DpopProof extends SpentProof {
  readonly nonce: unknown;
}

/** Of the key that the last hop names, over the whole chain. @throws HopError `proof_*` */
export async function verifyDpop(unverifiedProof: string, context: ProofContext): Promise<SpentProof> {
  const thumbprint = await leafThumbprint(context.leaf);
  if (thumbprint === undefined) throw new HopError("proof_not_accepted");
  return verifyDpopProof(unverifiedProof, { ...context, thumbprint, tokenHash: context.chainHash });
}

/** @throws HopError `proof_*` */
export async function verifyDpopProof(unverifiedProof: string, expected: ExpectedProof): Promise<DpopProof> {
  const { method, target, tokenHash, now, window, skew } = expected;
  const { payload, protectedHeader } = await verifySignature(unverifiedProof, expected).catch((error: unknown) => {
    throw refused(error);
  });
  // EmbeddedJWK has verified with this key, and refused a private one.
  const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk as JWK);
  if (expected.thumbprint !== undefined && thumbprint !== expected.thumbprint) throw new HopError("proof_key_mismatch");
  const { htm, htu, ath, iat, jti, nonce } = payload;
  if (htm !== method) throw new HopError("proof_method", { member: "htm" });
  if (!sameTarget(htu, target)) throw new HopError("proof_target", { member: "htu" });
  if (tokenHash !== undefined && ath !== tokenHash) throw new HopError("proof_chain", { member: "ath" });
  if (iat === undefined || iat > now + skew || iat <= now - window)
    throw new HopError("proof_stale", { member: "iat" });
  return { thumbprint, jti: requireJti(jti), expires: iat + window, nonce };
}

async function verifySignature(unverifiedProof: string, { now, skew }: ExpectedProof) {
  readStrictJws(unverifiedProof);
  return jwtVerify(unverifiedProof, EmbeddedJWK, {
    typ: "dpop+jwt",
    algorithms: PROOF_ALGORITHMS,
    currentDate: new Date(now * 1000),
    clockTolerance: skew,
  });
}
