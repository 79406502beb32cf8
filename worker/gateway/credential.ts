/** The credential of a request, and its proof of possession. */
import type { Route } from "../config.ts";
import { HopError } from "../errors.ts";
import { certificateThumbprint } from "../http/client-certificate.ts";
import type { PresentedProof } from "../presentation.ts";

export interface Credential {
  readonly credential: string;
  readonly proof: PresentedProof;
}

/**
 * Exactly one credential, in one of the four ways of docs/chain.md, or an envelope (docs/messages.md). It is not verified.
 *
 * @throws HopError `credential_*`, `proof_missing`
 */
export function credentialOf(request: Request, route: Route): Credential {
  const { headers } = request;
  const authorization = headers.get("authorization");
  const txnToken = headers.get("txn-token");
  const workloadToken = headers.get("workload-identity-token");
  const present = [authorization, txnToken, workloadToken].filter((value) => value !== null);
  if (present.length === 0) throw new HopError("credential_missing");
  if (present.length > 1) throw new HopError("credential_ambiguous");
  if (route.envelope && authorization === null) throw new HopError("credential_scheme");

  if (workloadToken !== null) {
    const unverifiedProof = headers.get("workload-proof-token");
    if (unverifiedProof === null) throw new HopError("proof_missing");
    return { credential: workloadToken, proof: { kind: "wimse", unverifiedProof } };
  }
  if (txnToken !== null) return { credential: txnToken, proof: certificateOr(request, route) };

  const [, scheme, credential] = /^([A-Za-z]+) +([^ ]*)$/.exec(authorization ?? "") ?? [];
  if (scheme === undefined || credential === undefined) throw new HopError("credential_malformed");
  const kind = scheme.toLowerCase();
  if (route.envelope !== (kind === "envelope")) throw new HopError("credential_scheme");
  if (kind === "bearer") return { credential, proof: certificateOr(request, route) };
  if (kind !== "dpop" && kind !== "envelope") throw new HopError("credential_scheme");
  const unverifiedProof = headers.get("dpop");
  if (unverifiedProof === null) throw new HopError("proof_missing");
  return { credential, proof: { kind: "dpop", unverifiedProof } };
}

/** A credential without a proof may be bound to the client certificate that the edge reports. */
function certificateOr(request: Request, route: Route): PresentedProof {
  const certificate = route.proof.includes("mtls") ? certificateThumbprint(request) : undefined;
  return certificate === undefined ? { kind: "bearer" } : { kind: "mtls", certificate };
}
