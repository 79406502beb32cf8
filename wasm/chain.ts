/** What `Core.verifyChain` takes and answers. */
import type { Algorithm, TrustAnchors } from "./trust.ts";
import type { ChainRule } from "./verdict.ts";

export interface ChainOptions {
  /** Who may sign hop 0, made by `encodeTrust`. */
  readonly trust: TrustAnchors;
  /** The last hop's `aud` must name one of these: the gateway's identifier and the route's audience. */
  readonly audiences: readonly string[];
  /** Seconds since the epoch. */
  readonly now: number;
  /** Seconds that `iat` and `nbf` may lie ahead of `now`; `exp` gets none. Default 5. */
  readonly skew?: number;
  /** Default 8, at most 16. */
  readonly maxHops?: number;
  /** Default 16 KiB, at most 64 KiB. */
  readonly maxBytes?: number;
  /** Leaves signatures by Ed25519 keys without a table in `pending`, for machines whose native verifier is faster. */
  readonly deferUnknownKeys?: boolean;
}

/** One hop whose claims hold every rule of the chain. */
export interface ChainHop {
  /** The claims set, as the core read it; turned into an object when first asked for. */
  readonly claims: Record<string, unknown>;
  readonly alg: Algorithm;
  /** The scope tokens that are in force: for a root without a `scope`, its issuer's default. */
  readonly scopes: readonly string[];
  /** SHA-256 of the compact JWS, base64url. */
  readonly hash: string;
  /** Of the last hop: RFC 7638 thumbprint of the key that `cnf` names by `jkt`, or as an Ed25519 or P-256 `jwk`. */
  readonly thumbprint: string | undefined;
}

/** A signature that the core cannot check. Until the host has, nothing in the chain is verified. */
export interface PendingSignature {
  readonly hop: number;
  readonly alg: Algorithm;
  readonly signed: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
  /** Number of the issuer and of its key in the anchors (hop 0), a P-256 point, or 32 bytes for EdDSA. */
  readonly key:
    | { readonly issuer: number; readonly index: number }
    | { readonly x: string; readonly y: string }
    | { readonly publicKey: Uint8Array<ArrayBuffer> };
}

/** A hop signed with Ed25519: what `admit` remembers of it. */
export interface Signer {
  /** The Ed25519 key that signed: 32 bytes. */
  readonly publicKey: Uint8Array;
  /** SHA-256 of the compact JWS: 32 bytes. */
  readonly hash: Uint8Array;
  /** Its `exp`. */
  readonly expires: number;
}

export type ChainVerdict =
  | {
      readonly ok: true;
      readonly hops: readonly [ChainHop, ...ChainHop[]];
      readonly pending: readonly PendingSignature[];
      /** The hops signed with Ed25519, for `admit`. */
      readonly signers: readonly Signer[];
    }
  | {
      readonly ok: false;
      readonly rule: ChainRule;
      readonly hop: number;
      /** The claim or header parameter that the rule is about. */
      readonly member: string | undefined;
      /** For `key_unknown`: number of hop 0's issuer in the anchors. */
      readonly issuer: number | undefined;
    };

export type AcceptedChain = Extract<ChainVerdict, { ok: true }>;
