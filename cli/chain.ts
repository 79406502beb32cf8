/** A chain as rows for people: read without verification. */
import { decodeJwt, type JWTPayload } from "jose";
import { printable } from "./print.ts";

/** The claims of every hop, unverified. @throws Error where a hop is not a JWT */
export function unverifiedClaims(chain: string): JWTPayload[] {
  return chain.split("~").map((hop, index) => {
    try {
      return decodeJwt(hop);
    } catch (error) {
      throw new Error(`hop ${index} is not a JWT: ${(error as Error).message}`);
    }
  });
}

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

/** The actor that a root names (docs/chain.md): `act.sub`, else its client, else its subject. */
export function actorOf(claims: JWTPayload): string {
  const act = claims["act"] as { sub?: unknown } | undefined;
  return String(act?.sub ?? claims["client_id"] ?? claims["azp"] ?? claims.sub);
}
