/** What a chain is judged by: the options of a vector. */
import { CAST, keyNamed } from "./craft.ts";
import type { VectorOptions } from "./vector.ts";

/** The options that most vectors share, and the gateway of the tests over HTTP. */
export async function usualOptions(now: number): Promise<VectorOptions> {
  return {
    now,
    skew: 5,
    max_hops: 8,
    max_bytes: 16384,
    audiences: [CAST.gateway, "https://orders.acme.example"],
    issuers: [{ issuer: CAST.issuer, types: ["at+jwt"], keys: [{ ...(await keyNamed("idp")).jwk, kid: "idp-1" }] }],
  };
}
