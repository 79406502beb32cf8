/** A chain as rows for people: read without verification. */
import { actorOf, unverifiedClaims } from "../sdk/chain.ts";
import { printable } from "./print.ts";

/** hop, from, to, scope, expires */
export function chainRows(chain: string): string[][] {
  return unverifiedClaims(chain).map((claims, index) => [
    String(index),
    printable(String(claims.iss)),
    printable(index === 0 ? `${claims.sub} at ${actorOf(claims)}` : String(claims.sub)),
    printable(String(claims["scope"] ?? "")),
    claims.exp === undefined ? "never" : new Date(claims.exp * 1000).toISOString(),
  ]);
}
