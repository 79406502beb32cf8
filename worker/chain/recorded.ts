/** What the ledger keeps about a chain. Pure. */

import type { ChainHop } from "../../wasm/core.ts";
import type { ChainFacts, RecordedChain, RecordedHop } from "./types.ts";

/** @param proof how possession was proven; absent if it was not */
export function recordedChain(
  { task, hash, subject, actors, purpose, hops, root }: ChainFacts,
  proof: string | undefined,
): RecordedChain {
  return {
    task: task.id,
    txn: task.txn,
    introducer: { iss: task.by.iss, sub: task.by.sub },
    hash,
    subject,
    actors,
    ...(purpose !== undefined && { purpose: purpose.text, purposeBy: purpose.by }),
    proof: proof ?? "none",
    hops: hops.map((hop, index) => describeHop(hop, index === 0 ? root.issuer : (hop.claims["iss"] as string))),
  };
}

function describeHop({ claims, scopes, name }: ChainHop, iss: string): RecordedHop {
  const details = claims["authorization_details"];
  return {
    iss,
    sub: claims["sub"] as string,
    aud: claims["aud"],
    scope: scopes.join(" "),
    ...(typeof claims["iat"] === "number" && { iat: claims["iat"] }),
    exp: claims["exp"] as number,
    ...(typeof claims["jti"] === "string" && { jti: claims["jti"] }),
    ...(Array.isArray(details) && { details }),
    name,
  };
}
