/** Input and result of every scheme of proof of possession. */
import type { JWK } from "jose";
import type { ChainHop, Core, Possession } from "../../wasm/core.ts";
import { HopError } from "../errors.ts";
import type { JsonObject } from "../trust/strict-json.ts";

/** The verdict on a signature after WebCrypto has verified what the core cannot. */
export type JudgedPossession = Exclude<Possession, "pending">;

export interface ProofContext {
  /** The last hop: its `cnf` names the key. */
  readonly leaf: ChainHop;
  /** The core's verdict on the proof's signature; undefined if it was not asked. */
  readonly possession: JudgedPossession | undefined;
  readonly core: Pick<Core, "verifyEd25519" | "sha256" | "admitKey">;
  /** base64url(SHA-256) of the whole chain: `ath` of DPoP, `wth` of WIMSE. */
  readonly chainHash: string;
  readonly method: string;
  /** Methods of the route. */
  readonly methods: readonly string[];
  /** Scheme, authority and path of the request. */
  readonly target: string;
  /** Seconds since the epoch. */
  readonly now: number;
  /** Seconds for which a proof is valid. */
  readonly window: number;
  /** Seconds that a proof's time may be in the future. */
  readonly skew: number;
}

export interface Confirmation {
  readonly jwk?: JWK;
  readonly jkt?: string;
  readonly "x5t#S256"?: string;
}

export function confirmationOf(leaf: ChainHop): Confirmation {
  return (leaf.claims["cnf"] ?? {}) as Confirmation;
}

/** `nbf` and `exp`, if a proof has them. @throws HopError `proof_stale` */
export function requireInForce({ nbf, exp }: JsonObject, now: number, skew: number): void {
  if (typeof nbf === "number" && nbf > now + skew) throw new HopError("proof_stale", { member: "nbf" });
  if (typeof exp === "number" && exp <= now - skew) throw new HopError("proof_stale", { member: "exp" });
}

/** A `jti` of acceptable length. */
export function requireJti(jti: unknown): string {
  if (typeof jti !== "string" || jti.length === 0 || jti.length > 256) {
    throw new HopError("proof_malformed", { member: "jti" });
  }
  return jti;
}

/** Whether two URLs are the same target, ignoring query and fragment (RFC 9449, section 4.3). */
export function sameTarget(claimed: unknown, target: string): boolean {
  if (claimed === target) return true;
  if (typeof claimed !== "string" || !URL.canParse(claimed)) return false;
  const { origin, pathname } = new URL(claimed);
  return origin + pathname === target;
}
