/**
 * WIMSE Workload Proof Token (draft-ietf-wimse-wpt): a JWT for this target, bound by `wth` to the identity token, here
 * to the whole chain, and signed with the key of the last hop.
 */
import { HopError } from "../errors.ts";
import type { SpentProof } from "../presentation.ts";
import { readProof, readProofKey, requireSignedBy } from "./jws.ts";
import { confirmationOf, type ProofContext, requireInForce, requireJti, sameTarget } from "./proof.ts";

/**
 * Hashes of other tokens. The chain is the only token of the request, so a proof that names others is for another
 * request.
 */
const OTHERS = ["ath", "tth", "oth"] as const;

/** @throws HopError `proof_*` */
export async function verifyWimse(unverifiedProof: string, context: ProofContext): Promise<SpentProof> {
  const { leaf, core, now } = context;
  const { jwk } = confirmationOf(leaf);
  if (jwk === undefined || leaf.thumbprint === undefined) throw new HopError("proof_not_accepted");
  const proof = readProof(unverifiedProof, "wpt+jwt");
  const key = proof && readProofKey(jwk, proof.alg);
  if (proof === undefined || key === undefined) throw new HopError("proof_malformed");
  // The names are compared as strings: `EdDSA` and `Ed25519` differ.
  if (jwk["alg"] !== undefined && jwk["alg"] !== proof.alg) throw new HopError("proof_malformed", { member: "alg" });

  await requireSignedBy(proof, key, core);
  const { aud, exp, jti, htm, wth } = proof.payload;
  if (aud === undefined || typeof exp !== "number") throw new HopError("proof_malformed");
  requireInForce(proof.payload, now, 0);
  // The draft has no claim for the method, so a proof without one is accepted only if the route has a single method.
  const method = htm ?? (context.methods.length === 1 ? context.methods[0] : undefined);
  if (method !== context.method) throw new HopError("proof_method", { member: "htm" });
  if (!sameTarget(aud, context.target)) throw new HopError("proof_target", { member: "aud" });
  if (wth !== context.chainHash) throw new HopError("proof_chain", { member: "wth" });
  const other = OTHERS.find((name) => proof.payload[name] !== undefined);
  if (other !== undefined) throw new HopError("proof_chain", { member: other });
  // The draft requires short lives; a proof that outlives the window could be replayed after it is forgotten.
  if (exp > now + context.window + context.skew) throw new HopError("proof_stale", { member: "exp" });
  return { thumbprint: leaf.thumbprint, jti: requireJti(jti), expires: exp };
}
