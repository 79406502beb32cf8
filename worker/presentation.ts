/** A request as it came in: what `parse` hands to `verify`. Nothing in it is verified. */
import type { EnvelopeClaims } from "./claims.ts";
import type { Details, Operation, Route } from "./config.ts";
import type { Parameter } from "./http/query.ts";
import type { Message } from "./mcp/message.ts";
import type { Revision } from "./mcp/methods.ts";

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

/** W3C Trace Context, Level 2. `parentId` is the gateway's own span. */
export interface TraceContext {
  readonly traceId: string;
  readonly parentId: string;
  /** The caller's span; undefined where the trace begins here. */
  readonly callerId: string | undefined;
  readonly flags: string;
  readonly state: string | undefined;
}
