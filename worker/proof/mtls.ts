/** Mutual TLS (RFC 8705, section 3): the certificate of this connection is the one that the last hop names. */
import { HopError } from "../errors.ts";
import { confirmationOf, type ProofContext } from "./proof.ts";

/**
 * @param certificate base64url(SHA-256) of the client certificate that the edge has verified
 * @throws HopError `certificate_mismatch`
 */
export function verifyMtls(certificate: string, { leaf }: ProofContext): undefined {
  const bound = confirmationOf(leaf)["x5t#S256"];
  if (bound === undefined || bound !== certificate) throw new HopError("certificate_mismatch", { member: "cnf" });
}
