/** What the ledger keeps of a chain. Pure. */
import type { ChainHop } from "../../wasm/core.ts";
import type { RecordedChain, RecordedHop } from "../state/record.ts";
import type { ChainFacts } from "../types.ts";

/** @param proof how possession was proven; absent where it was not */
export function recordedChain(
  { txn, hash, subject, actors, purpose, hops }: ChainFacts,
  proof: string | undefined,
): RecordedChain {
  return {
    txn,
    hash,
    subject,
    actors,
    ...(purpose !== undefined && { purpose }),
    proof: proof ?? "none",
    hops: hops.map(describeHop),
  };
}

function describeHop({ claims, scopes, hash }: ChainHop): RecordedHop {
  return {
    iss: claims["iss"] as string,
    sub: claims["sub"] as string,
    aud: claims["aud"],
    scope: scopes.join(" "),
    ...(typeof claims["iat"] === "number" && { iat: claims["iat"] }),
    exp: claims["exp"] as number,
    ...(typeof claims["jti"] === "string" && { jti: claims["jti"] }),
    hash,
  };
}
