/** The stages of a request. A stage takes only what the stage before it returned. */
import type { ChainFacts, Ended } from "./chain/types.ts";
import type { Approver, NarrowedClaims } from "./claims.ts";
import type { ProofKind } from "./config.ts";
import type { MemoryChanges } from "./policy/remember.ts";
import type { Presentation, SpentProof } from "./presentation.ts";

/** The part of KV that the gateway uses. */
export interface KeyValueStore {
  get(key: string): Promise<string | null>;
  get(key: string, type: "arrayBuffer"): Promise<ArrayBuffer | null>;
  put(key: string, value: string | ArrayBufferView): Promise<void>;
}

/** A verified chain, with the request that presented it. */
export interface VerifiedChain extends ChainFacts {
  readonly presentation: Presentation;
  /** How the caller proved possession; undefined until it has. */
  readonly proof: ProofKind | undefined;
  /** The proof, if it is single use; it is spent at admission. */
  readonly spent: SpentProof | undefined;
  /** The message that the caller processes, on routes that accept messages. */
  readonly message: VerifiedMessage | undefined;
}

/** A message whose signature, payload and time are verified. */
export interface VerifiedMessage {
  readonly id: string;
  readonly delivery: string;
  /** A dead letter, which is processed only after an approval. */
  readonly deadLetter?: true;
  readonly producer: string;
  readonly digest: string;
  /** Seconds since the epoch. */
  readonly sealed: number;
  /** Seconds since the epoch. */
  readonly expires: number;
}

export interface EntityUid {
  readonly type: string;
  readonly id: string;
}

/** Cedar's JSON form of an entity. */
export interface EntityJson {
  readonly uid: EntityUid | { readonly __entity: EntityUid };
  readonly attrs?: Readonly<Record<string, unknown>>;
  readonly parents?: readonly (EntityUid | { readonly __entity: EntityUid })[];
  readonly tags?: Readonly<Record<string, unknown>>;
}

export interface AuthorizationRequest {
  readonly principal: EntityUid;
  readonly action: EntityUid;
  readonly resource: EntityUid;
  /** Cedar's JSON form. */
  readonly context: Readonly<Record<string, unknown>>;
}

/**
 * The question to the policies about a request. The ledger keeps it with the decision, so that it can be evaluated
 * again.
 */
export interface Question {
  readonly request: AuthorizationRequest;
  /** Entities of the request, such as its route. Those of the published set are added. */
  readonly entities: readonly EntityJson[];
}

/** Limits of the determining permits: always the narrowest. */
export interface Obligations {
  /** Seconds. */
  readonly maxTtl: number | undefined;
  /** Scope tokens that the narrowed token may keep. */
  readonly scopes: readonly string[] | undefined;
}

/** The answer of the policies. */
export interface Outcome {
  /** Ids of the determining policies (`@id` if there is one). */
  readonly policies: readonly string[];
  /** Hash of the policy set. */
  readonly policySet: string;
  /** Policies that failed to evaluate: permits among them were skipped, a forbid denied (policy/fail-closed.ts). */
  readonly errors: readonly string[];
  /** Id of the approval that the request used up. */
  readonly approval?: string;
  /** Who gave it. */
  readonly approvedBy?: readonly Approver[];
  /** Break-glass: the reason that was given. */
  readonly emergency?: string;
  readonly question: Question;
  /** What the request adds to the memory of its task, caller and subject; absent if nothing. */
  readonly remembers?: MemoryChanges;
  /** Why the denial ends the task, if it does. */
  readonly ends?: string | undefined;
}

/** An allowed request. Denials are errors. */
export interface Decision extends Outcome {
  readonly chain: VerifiedChain;
  readonly obligations: Obligations;
  /** Uses up rate and approval at admission. Rejects with HopError if they are not available. */
  useUp(): Promise<void>;
}

/** An allowed request that is on record, with the claims of its token. */
export interface AdmittedRequest {
  readonly decision: Decision;
  readonly claims: NarrowedClaims;
}

/** A decision with the token made for it. */
export interface Minted {
  readonly decision: Decision;
  readonly claims: NarrowedClaims;
  readonly token: string;
  readonly txnToken: string | undefined;
}

/** An answer of an MCP server, for its client. */
export interface Answered {
  readonly response: Response;
  /** Whether it says that the tool, or the request, failed. */
  readonly failed: boolean;
  /** For a stream: whether its answer said so, and why the gateway ended it, if it did. Never rejects. */
  readonly ended?: Promise<{ readonly failed: boolean; readonly rule: ChainEnd | undefined }>;
}

/** Why a stream or socket may not continue. */
export type ChainEnd = "expired" | "revoked" | "revocation_unavailable" | Ended["rule"] | "names_unavailable";

/** The upstream's answer, on its way back. */
export interface Forwarded {
  readonly minted: Minted;
  readonly response: Response;
  /** Milliseconds from the request's arrival to the upstream's headers; undefined if the gateway answered itself. */
  readonly latency: number | undefined;
  /** The answer of an MCP server. */
  readonly answered?: Omit<Answered, "response">;
  /** For a WebSocket: how it ended, once it has. Never rejects. */
  readonly closed?: Promise<SocketEnd>;
}

/** How a WebSocket through the gateway ended. */
export interface SocketEnd {
  readonly by: "caller" | "upstream" | "gateway";
  /** RFC 6455, section 7.4. */
  readonly code: number;
  /** Why the gateway ended it. */
  readonly rule:
    | ChainEnd
    | "socket_message_too_large"
    | "socket_too_fast"
    | "socket_exhausted"
    | "socket_idle"
    | undefined;
  /** Messages from the caller, and from the upstream. */
  readonly sent: number;
  readonly received: number;
  /** Milliseconds for which it was open. */
  readonly milliseconds: number;
}
