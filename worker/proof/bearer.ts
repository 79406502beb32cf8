/** No proof (RFC 6750), for chains whose last hop names no key, on routes that allow it. */
import { HopError } from "../errors.ts";
import { confirmationOf, type ProofContext } from "./proof.ts";

/**
 * @throws HopError `proof_missing` if the last hop is bound to a key: a stolen chain must not pass as a bearer token
 */
export function verifyBearer({ leaf }: ProofContext): undefined {
  if (Object.keys(confirmationOf(leaf)).length > 0) throw new HopError("proof_missing", { member: "cnf" });
}
