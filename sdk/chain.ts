/** Reads chains without verification, for their holder. */
import { calculateJwkThumbprint, decodeJwt, type JWTPayload } from "jose";
import { HopgateError } from "./errors.ts";
import type { HolderPublicKey } from "./keys.ts";

/** The claims of every hop, unverified. @throws HopgateError `chain_malformed` if a hop is not a JWT */
export function unverifiedClaims(chain: string): JWTPayload[] {
  return chain.split("~").map((hop, index) => {
    try {
      return decodeJwt(hop);
    } catch (cause) {
      throw new HopgateError("chain_malformed", `hop ${index} is not a JWT: ${(cause as Error).message}`, { cause });
    }
  });
}

/** The actor that a root names (docs/chain.md): `act.sub`, else its client, else its subject. */
export function actorOf(claims: JWTPayload): string {
  const act = claims["act"] as { sub?: unknown } | undefined;
  return String(act?.sub ?? claims["client_id"] ?? claims["azp"] ?? claims.sub);
}

/** The holder of the chain: the last hop's delegate, or the actor of a root alone. */
export function holderOf(hops: readonly JWTPayload[]): string {
  const last = hops.at(-1) ?? {};
  return hops.length === 1 ? actorOf(last) : String(last.sub);
}

export function audiencesOf({ aud }: JWTPayload): string[] {
  return aud === undefined ? [] : typeof aud === "string" ? [aud] : aud;
}

export function scopesOf({ scope }: JWTPayload): string[] {
  return typeof scope === "string" && scope !== "" ? scope.split(" ") : [];
}

/** How the last hop names its holder's key: by value, by thumbprint, or not at all. */
export async function namesKey(last: JWTPayload, key: HolderPublicKey): Promise<"jwk" | "jkt" | undefined> {
  const { jwk, jkt } = (last["cnf"] ?? {}) as { jwk?: { x?: string; y?: string }; jkt?: string };
  if (jwk !== undefined) return jwk.x === key.x && jwk.y === key["y"] ? "jwk" : undefined;
  return jkt !== undefined && jkt === (await calculateJwkThumbprint(key)) ? "jkt" : undefined;
}
