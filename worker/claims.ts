/** Claims of envelopes, and of the tokens that the gateway issues. */
import type { ActClaim } from "./chain/act.ts";
import type { Detail } from "./chain/details.ts";
import type { NameProof } from "./chain/names/proof.ts";
import type { Party } from "./chain/party.ts";
import type { RootClaims } from "./chain/root-claims.ts";

/** An approver of a request: for which group, when, and how they were authenticated. */
export interface Approver extends Party {
  readonly group: string;
  /** Seconds since the epoch. */
  readonly time: number;
  /** Absent if their session at the console was enough. */
  readonly by?: "passkey";
}

/** Claims of `hop-envelope+jwt` (docs/messages.md). */
export interface EnvelopeClaims {
  /** The producer: the delegator of the chain's last hop. */
  readonly iss: string;
  /** The consumer: the last hop's delegate. */
  readonly sub: string;
  /** The message's id. */
  readonly jti: string;
  readonly iat: number;
  /** The message must not be acted on after this time. */
  readonly exp: number;
  readonly txn?: string | undefined;
  readonly purpose?: string | undefined;
  /** SHA-256 of the payload, as a Content-Digest (RFC 9530). */
  readonly digest: string;
  /** The chain, narrowed to the consumer. */
  readonly chain: string;
}

/** RFC 9493, section 3.2.4. */
export interface SubjectIdentifier extends Party {
  readonly format: "iss_sub";
}

/** What every token of the gateway says about the chain that it comes from, so that no later token loses it. */
export interface ProvenanceClaims {
  readonly iss: string;
  /** The subject's name; `sub_id` says which issuer's name it is. */
  readonly sub: string;
  /** The subject by its own issuer (RFC 9493, section 3.2.4). */
  readonly sub_id: SubjectIdentifier;
  readonly txn: string;
  /** Who introduced `txn`. */
  readonly txn_by: Party;
  /** Seconds since the epoch: when the first root was issued. */
  readonly txn_began: number;
  readonly tctx?: Record<string, unknown>;
  /** Who stated the purpose. */
  readonly purpose_by?: Party;
  /** Who stated the plan (`tctx.plan`). */
  readonly plan_by?: Party;
  /** RFC 9396; an empty list grants none. */
  readonly authorization_details?: readonly Detail[];
  /** Claims of the root that policies see, as the configuration names them. */
  readonly root_claims?: RootClaims;
  readonly act: ActClaim;
  /** How each actor of `act` is known, origin first. */
  readonly act_proof: readonly NameProof[];
  /** Names of everything that it was derived from (worker/chain/revocation.ts). */
  readonly lineage: readonly string[];
}

/** Claims of the token that the upstream gets (RFC 8693; docs/upstream.md). */
export interface NarrowedClaims extends ProvenanceClaims {
  readonly aud: string;
  readonly client_id: string;
  readonly scope: string;
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  readonly jti: string;
  /** Hash of the chain. */
  readonly pth: string;
  readonly decision: string;
  /** Who has approved this request. */
  readonly approved_by?: readonly Approver[];
  /** Break-glass: the reason that the caller gave. */
  readonly emergency?: string;
}

/** Claims of a token that the authorization server issues (RFC 9068, RFC 8693); it can be delegated and exchanged. */
export interface AccessTokenClaims extends ProvenanceClaims {
  readonly aud: string;
  readonly client_id: string;
  readonly scope: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  readonly acr?: string;
  readonly auth_time?: number;
  readonly max_hops?: number;
  readonly cnf?: { readonly jkt: string };
  /** Hash of the token that it was exchanged for. */
  readonly pth?: string;
  /** Profile, workflow and commitment (draft-mw-oauth-actor-chain). */
  readonly actp?: string;
  readonly acti?: string;
  readonly actc?: string;
  /** The place of its status (draft-ietf-oauth-status-list). */
  readonly status?: { readonly status_list: { readonly idx: number; readonly uri: string } };
}
