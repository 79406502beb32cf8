/**
 * WIMSE Workload Proof Token (draft-ietf-wimse-wpt): a JWT for this target, bound by `wth` to the identity token, here
 * to the whole chain, and signed with the key of the last hop.
 */
import { importJWK, type JWK, jwtVerify } from "jose";
import { HopError } from "../errors.ts";
import { readStrictJws } from "../trust/strict-jws.ts";
import {
  confirmationOf,
  leafThumbprint,
  PROOF_ALGORITHMS,
  type ProofContext,
  refused,
  requireJti,
  type SpentProof,
  sameTarget,
} from "./proof.ts";

/** @throws HopError `proof_*` */
export async function verifyWimse(unverifiedProof: string, context: ProofContext): Promise<SpentProof> {
  const { jwk } = confirmationOf(context.leaf);
  const thumbprint = await leafThumbprint(context.leaf);
  if (jwk === undefined || thumbprint === undefined) throw new HopError("proof_not_accepted");

  const { payload } = await verifySignature(unverifiedProof, jwk, context).catch((error: unknown) => {
    throw refused(error);
  });
  // The draft's claims name no method: one that says none is good only where the route serves a single one.
  const method = payload["htm"] ?? (context.methods.length === 1 ? context.methods[0] : undefined);
  if (method !== context.method) throw new HopError("proof_method", { member: "htm" });
  if (!sameTarget(payload.aud, context.target)) throw new HopError("proof_target", { member: "aud" });
  if (payload["wth"] !== context.chainHash) throw new HopError("proof_chain", { member: "wth" });
  // The draft wants short lives; a proof that outlives the window could be replayed after it is forgotten.
  const expires = payload.exp as number;
  if (expires > context.now + context.window + context.skew) throw new HopError("proof_stale", { member: "exp" });
  return { thumbprint, jti: requireJti(payload.jti), expires };
}

async function verifySignature(unverifiedProof: string, jwk: JWK, { now }: ProofContext) {
  readStrictJws(unverifiedProof);
  return jwtVerify(unverifiedProof, ({ alg }) => importJWK(jwk, alg), {
    typ: "wpt+jwt",
    algorithms: PROOF_ALGORITHMS,
    requiredClaims: ["aud", "exp", "jti"],
    currentDate: new Date(now * 1000),
  });
}
