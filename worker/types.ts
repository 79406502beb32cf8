/** The stages of a request. A stage takes only what the stage before it returned. */
import type { ChainFacts, Ended } from "./chain/types.ts";
import type { Approver, NarrowedClaims } from "./claims.ts";
import type { ProofKind } from "./config.ts";
import type { MemoryChanges } from "./policy/remember.ts";
import type { Presentation, SpentProof } from "./presentation.ts";

/** What the gateway asks of KV. */
export interface KeyValueStore {
  get(key: string): Promise<string | null>;
  get(key: string, type: "arrayBuffer"): Promise<ArrayBuffer | null>;
  put(key: string, value: string | ArrayBufferView): Promise<void>;
}

/** Such a chain, with the request that presented it. */
export interface VerifiedChain extends ChainFacts {
  readonly presentation: Presentation;
  /** How the caller proved possession; undefined until it has. */
  readonly proof: ProofKind | undefined;
  /** The proof, if it is single use: it is spent when the request is admitted. */
  readonly spent: SpentProof | undefined;
  /** The message that the caller acts on, on routes that take messages. */
  readonly message: VerifiedMessage | undefined;
}

/** A message whose seal, payload and time hold. */
export interface VerifiedMessage {
  readonly id: string;
  readonly delivery: string;
  /** Acted on again after it was given up: people have to approve. */
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

/** What the policies are asked about a request. Kept with the decision, so that it can be judged again. */
export interface Question {
  readonly request: AuthorizationRequest;
  /** Entities that come with the request: its route. Those of the published set come beside them. */
  readonly entities: readonly EntityJson[];
}

/** What the determining permits allow beyond "yes": always the narrowest of them all. */
export interface Obligations {
  /** Seconds. */
  readonly maxTtl: number | undefined;
  /** Scope tokens that the narrowed token may keep. */
  readonly scopes: readonly string[] | undefined;
}

/** What the policies answered. */
export interface Outcome {
  /** Ids of the determining policies (`@id` where there is one). */
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
  /** What the request adds to the memory of its task, of its caller and of its subject; absent where it adds nothing. */
  readonly remembers?: MemoryChanges;
  /** Why the denial ends the task, where it does. */
  readonly ends?: string | undefined;
}

/** An allowed request. Denials are errors. */
export interface Decision extends Outcome {
  readonly chain: VerifiedChain;
  readonly obligations: Obligations;
  /** Uses up what the request takes once it is admitted: its rate, an approval. Rejects with HopError where that is not to be had. */
  useUp(): Promise<void>;
}

/** An allowed request that is on record, with what its token will say. */
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

/** An answer of an MCP server, as its client gets it. */
export interface Answered {
  readonly response: Response;
  /** Whether it says that the tool, or the request, failed. */
  readonly failed: boolean;
  /** Of a stream: whether its answer said so, and why the gateway ended it, if it did. Never rejects. */
  readonly ended?: Promise<{ readonly failed: boolean; readonly rule: ChainEnd | undefined }>;
}

/** Why what a request opened may go on no longer. */
export type ChainEnd = "expired" | "revoked" | "revocation_unavailable" | Ended["rule"] | "names_unavailable";

/** The upstream's answer, on its way back. */
export interface Forwarded {
  readonly minted: Minted;
  readonly response: Response;
  /** Milliseconds from the request's arrival to the upstream's headers; undefined where the gateway answered itself. */
  readonly latency: number | undefined;
  /** What an MCP server made of the request. */
  readonly answered?: Omit<Answered, "response">;
  /** Of a WebSocket: how it ended, once it has. Never rejects. */
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
