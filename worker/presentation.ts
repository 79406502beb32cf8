/** A request as received: the result of `parse`, for `verify`. Nothing in it is verified. */
import type { EnvelopeClaims } from "./claims.ts";
import type { Details, Operation, Route } from "./config.ts";
import type { Parameter } from "./http/query.ts";
import type { Message } from "./mcp/message.ts";
import type { Revision } from "./mcp/methods.ts";

/** A credential as it was sent: nothing in it is verified. */
export interface Presentation {
  /** The decision's id, assigned when the request arrives, so that every answer can name it. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly received: number;
  readonly request: Request;
  /** Under the origin of the gateway that the request was sent to. */
  readonly url: URL;
  /** Its parameters, secrets hidden. */
  readonly query: readonly Parameter[];
  readonly route: Route;
  /** The proxy that has asked and will forward; undefined if the gateway forwards. */
  readonly proxy: string | undefined;
  readonly method: keyof Route["methods"];
  /** Whether it opens a WebSocket. */
  readonly websocket: boolean;
  readonly unverifiedChain: string;
  readonly proof: PresentedProof;
  /** The body, if the route must read it; else it streams. */
  readonly content: Uint8Array<ArrayBuffer> | undefined;
  /** Its `Content-Digest`, if the route signs requests. */
  readonly digest: string | undefined;
  /** The message to process, on routes that accept messages. */
  readonly envelope: PresentedEnvelope | undefined;
  /** The MCP message, on routes to MCP servers. */
  readonly rpc: Spoken | undefined;
  /** The server's own id of the MCP session, once it is known to be the caller's. */
  readonly session: string | undefined;
  /** The tool that is called, on routes to MCP servers. */
  readonly tool: ToolCall | undefined;
  /** The operation of the tool or of the route's method: the Cedar action, and the scopes that it needs. */
  readonly operation: Operation;
  /** The authorization details that the operation needs, if it declares any. */
  readonly needed: NeededDetails | undefined;
  /** The approval that the caller names (`Hop-Approval`). */
  readonly unverifiedApproval: string | undefined;
  /** Break-glass: the caller's reason (`Hop-Break-Glass`). */
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
  /** From the configuration: the type, and how each member compares. */
  readonly details: Details;
  /** In Cedar's JSON form; without optional ones that are absent. */
  readonly members: Readonly<Record<string, unknown>>;
}

export type PresentedProof =
  | { readonly kind: "dpop"; readonly unverifiedProof: string }
  | { readonly kind: "wimse"; readonly unverifiedProof: string }
  /** SHA-256 of the client certificate (base64url), which the edge has checked. */
  | { readonly kind: "mtls"; readonly certificate: string }
  | { readonly kind: "bearer" };

/** A message of the Model Context Protocol, and its revision. */
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
  /** Declared answers to questions of the tool, in the same form; absent if there are none. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** Arguments that approvers see and policies do not. */
  readonly undeclared: Readonly<Record<string, unknown>>;
  /** Everything that reaches the tool, in its canonical form (RFC 8785). */
  readonly canonical: string;
}

/** A sealed message as received: its claims are not verified, its payload was hashed here. */
export interface PresentedEnvelope {
  readonly unverifiedJws: string;
  readonly unverifiedClaims: EnvelopeClaims;
  /** The transport's id of the delivery. */
  readonly delivery: string;
  /** Whether the consumer says that it comes from a queue of dead letters. */
  readonly deadLetter: boolean;
  /** SHA-256 of the payload, as a Content-Digest (RFC 9530). */
  readonly digest: string;
}

/** W3C Trace Context, Level 2. `parentId` is the gateway's own span. */
export interface TraceContext {
  readonly traceId: string;
  readonly parentId: string;
  /** The caller's span; undefined if the trace begins here. */
  readonly callerId: string | undefined;
  readonly flags: string;
  readonly state: string | undefined;
}
