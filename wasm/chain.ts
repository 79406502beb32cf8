/** Input and result of `Core.verifyChain`. */
import type { Algorithm, TrustAnchors } from "./trust.ts";
import type { ChainRule } from "./verdict.ts";

export interface ChainOptions {
  /** Who may sign hop 0, made by `encodeTrust`. */
  readonly trust: TrustAnchors;
  /** The last hop's `aud` must name one of these: the gateway's identifier and the route's audience. */
  readonly audiences: readonly string[];
  /** Seconds since the epoch. */
  readonly now: number;
  /** Seconds that `iat` and `nbf` may be ahead of `now`; none for `exp`. Default 5. */
  readonly skew?: number;
  /** Default 8, at most 16. */
  readonly maxHops?: number;
  /** Default 16 KiB, at most 64 KiB. */
  readonly maxBytes?: number;
  /** Leaves signatures by Ed25519 keys without a table in `pending`, for machines whose native verifier is faster. */
  readonly deferUnknownKeys?: boolean;
}

/** One hop whose claims satisfy every rule of the chain. */
export interface ChainHop {
  /** The claims set, as the core read it; parsed into an object at first use. */
  readonly claims: Record<string, unknown>;
  readonly alg: Algorithm;
  /** The scope tokens that are in force: for a root without a `scope`, its issuer's default. */
  readonly scopes: readonly string[];
  /** SHA-256 of the compact JWS, base64url: the `pth` of the next hop. */
  readonly hash: string;
  /** SHA-256 of what is signed (`header.payload`), base64url: names the hop, whatever form its signature has. */
  readonly name: string;
  /** RFC 7638 thumbprint of the delegate's key: `cnf.jkt`, or that of `cnf.jwk`. Undefined where `cnf` names neither. */
  readonly thumbprint: string | undefined;
  /**
   * The delegate's own Workload Identity Token, for the same name and key and valid now; its signature is not verified.
   */
  readonly wit: string | undefined;
  /** Whether the delegate's name is its delegator's, a slash, and plain segments. */
  readonly isChild: boolean;
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

/** What `admit` remembers of a hop signed with Ed25519. */
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
      /** Number of the issuer in the anchors that hop 0 belongs to: by its `iss`, else by its trust domain. */
      readonly issuer: number;
      /** Seconds since the epoch: the least `exp` of all hops and identity tokens. */
      readonly expires: number;
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
      /** For `key_unknown` and `typ_not_accepted`: number of hop 0's issuer in the anchors. */
      readonly issuer: number | undefined;
    };

export type AcceptedChain = Extract<ChainVerdict, { ok: true }>;
