/** No proof at all (RFC 6750), for chains whose last hop names no key and routes that allow it. */
import { HopError } from "../errors.ts";
import { confirmationOf, type ProofContext } from "./proof.ts";

/** @throws HopError `proof_missing` where the last hop is bound to a key: a stolen chain must not pass as a bearer */
export function verifyBearer({ leaf }: ProofContext): undefined {
  if (Object.keys(confirmationOf(leaf)).length > 0) throw new HopError("proof_missing", { member: "cnf" });
}
