/** The claims that travel and the stages of a request. A stage takes only what the stage before it returned. */

import type { ActClaim } from "./chain/act.ts";
import type { Detail } from "./chain/details.ts";
import type { NameProof } from "./chain/names/proof.ts";
import type { Party } from "./chain/party.ts";
import type { RootClaims } from "./chain/root-claims.ts";
import type { ChainFacts } from "./chain/types.ts";
import type { Details, Operation, ProofKind, Route } from "./config.ts";
import type { Parameter } from "./http/query.ts";
import type { Message } from "./mcp/message.ts";
import type { Revision } from "./mcp/methods.ts";
import type { MemoryChanges } from "./policy/remember.ts";

/** What the gateway asks of KV. */
export interface KeyValueStore {
  get(key: string): Promise<string | null>;
  get(key: string, type: "arrayBuffer"): Promise<ArrayBuffer | null>;
  put(key: string, value: string | ArrayBufferView): Promise<void>;
}

/** A credential as it was sent: nothing in it is verified. */
export interface Presentation {
  /** The decision's id, given when the request arrives, so that every answer can name it. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly received: number;
  readonly request: Request;
  /** Under the origin of the gateway that the request was sent to. */
  readonly url: URL;
  /** Its parameters, secrets hidden. */
  readonly query: readonly Parameter[];
  readonly route: Route;
  /** The proxy that has asked and will forward; undefined where the gateway forwards. */
  readonly proxy: string | undefined;
  readonly method: keyof Route["methods"];
  /** Whether it opens a WebSocket. */
  readonly websocket: boolean;
  readonly unverifiedChain: string;
  readonly proof: PresentedProof;
  /** The body, where the route must look into it; else it streams. */
  readonly content: Uint8Array<ArrayBuffer> | undefined;
  /** Its `Content-Digest`, where the route signs what it sends. */
  readonly digest: string | undefined;
  /** The message that is acted on, on routes that take messages. */
  readonly envelope: PresentedEnvelope | undefined;
  /** The message, on routes to MCP servers. */
  readonly rpc: Spoken | undefined;
  /** The server's own id of the MCP session, once it is known to be the caller's. */
  readonly session: string | undefined;
  /** The tool that is called, on routes to MCP servers. */
  readonly tool: ToolCall | undefined;
  /** What is asked for, of the tool or of the route's method: the Cedar action, and the scopes that it takes. */
  readonly operation: Operation;
  /** What is needed of the chain's authorization details, where the operation says so. */
  readonly needed: NeededDetails | undefined;
  /** The approval that the caller says it has (`Hop-Approval`). */
  readonly unverifiedApproval: string | undefined;
  /** Break-glass: why, in the caller's words (`Hop-Break-Glass`). */
  readonly emergency: string | undefined;
  readonly trace: TraceContext;
}

/** A proof that may be used once: remember it until `expires` (seconds since the epoch). */
export interface SpentProof {
  readonly thumbprint: string;
  readonly jti: string;
  readonly expires: number;
}

/** What a request needs of a chain's authorization details (RFC 9396). */
export interface NeededDetails {
  /** As the configuration has it: the type, and how each member compares. */
  readonly details: Details;
  /** In Cedar's JSON form; without those that may be absent, and are. */
  readonly members: Readonly<Record<string, unknown>>;
}

export type PresentedProof =
  | { readonly kind: "dpop"; readonly unverifiedProof: string }
  | { readonly kind: "wimse"; readonly unverifiedProof: string }
  /** SHA-256 of the client certificate (base64url), which the edge has checked. */
  | { readonly kind: "mtls"; readonly certificate: string }
  | { readonly kind: "bearer" };

/** A message of the Model Context Protocol, and in which revision it speaks. */
export interface Spoken {
  readonly message: Message;
  readonly revision: Revision;
  /** Whether the client declined to open the page of an approval: it is not asked again. */
  readonly declined?: boolean;
}

/** A call of an MCP tool. */
export interface ToolCall extends Operation {
  readonly name: string;
  /** Those that policies see, in Cedar's JSON form. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Answers to what the tool asked back, those that policies see, likewise; absent where there are none. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** Those that policies do not see; approvers do. */
  readonly undeclared: Readonly<Record<string, unknown>>;
  /** Everything that reaches the tool, in its canonical form (RFC 8785). */
  readonly canonical: string;
}

/** A sealed message as it came: what it claims is not verified, what was seen of it is. */
export interface PresentedEnvelope {
  readonly unverifiedJws: string;
  readonly unverifiedClaims: EnvelopeClaims;
  /** Under which id the transport delivers the message. */
  readonly delivery: string;
  /** Whether the consumer takes it from a queue of dead letters, as it says. */
  readonly deadLetter: boolean;
  /** SHA-256 of the payload, as a Content-Digest (RFC 9530). */
  readonly digest: string;
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
  /** Not to be acted on later. */
  readonly exp: number;
  readonly txn?: string | undefined;
  readonly purpose?: string | undefined;
  /** SHA-256 of the payload, as a Content-Digest (RFC 9530). */
  readonly digest: string;
  /** The chain, narrowed to the consumer. */
  readonly chain: string;
}

/** W3C Trace Context, Level 2. `parentId` is the gateway's own span. */
export interface TraceContext {
  readonly traceId: string;
  readonly parentId: string;
  /** The caller's span; undefined where the trace begins here. */
  readonly callerId: string | undefined;
  readonly flags: string;
  readonly state: string | undefined;
}

/** Such a chain, with the request that presented it. */
export interface VerifiedChain extends ChainFacts {
  readonly presentation: Presentation;
  /** How the caller proved possession; undefined until it has. */
  readonly proof: ProofKind | undefined;
  /** The proof, where it is good once: it is spent when the request is admitted. */
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

/** Who has approved a request: in the name of which group, when, and how it was known that it was they. */
export interface Approver extends Party {
  readonly group: string;
  /** Seconds since the epoch. */
  readonly time: number;
  /** Absent where their session at the console was enough. */
  readonly by?: "passkey";
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

/** What every token of the gateway says of the chain that it comes from, so that nothing is lost on the way. */
export interface ProvenanceClaims {
  readonly iss: string;
  /** The subject's name; `sub_id` says whose name it is. */
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
  /** Names of all that it was derived from (worker/chain/revocation.ts). */
  readonly lineage: readonly string[];
}

/** RFC 9493, section 3.2.4. */
export interface SubjectIdentifier extends Party {
  readonly format: "iss_sub";
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

/** Claims of a token that the authorization server issues (RFC 9068, RFC 8693): it can be delegated on, and exchanged. */
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
  /** Where its status stands (draft-ietf-oauth-status-list). */
  readonly status?: { readonly status_list: { readonly idx: number; readonly uri: string } };
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
export type ChainEnd = "expired" | "revoked" | "revocation_unavailable";

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
