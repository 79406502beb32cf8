/** What the stages of a request use: configuration, clock, and stores and network behind interfaces. */

import type { AcceptedChain, Core } from "../../wasm/core.ts";
import type { ApprovalStore } from "../approval/approval.ts";
import type { Actor, ChainFacts, Ended } from "../chain/types.ts";
import type { Config } from "../config.ts";
import type { Ledgers } from "../ledger/ledgers.ts";
import type { Handles } from "../mcp/handle.ts";
import type { Pins } from "../mcp/pins.ts";
import type { Judgement } from "../policy/evaluate.ts";
import type { LoadedPolicies } from "../policy/load.ts";
import type { MeasuredRequest } from "../telemetry/measured.ts";
import type { Meter } from "../telemetry/meter.ts";
import type { Federation } from "../trust/federation.ts";
import type { Trust } from "../trust/issuers.ts";
import type { Signer } from "../trust/signing.ts";
import type { Question, VerifiedChain } from "../types.ts";
import type { AwsCredentials } from "../vendor/aws.ts";
import type { Kept } from "../vendor/kept.ts";
import type { PersonEdges } from "../vendor/person.ts";
import type { Rate } from "./rates.ts";
import type { MatchRoute } from "./routes.ts";
import type { SeenMemories } from "./seen-memories.ts";
import type { SignEdges } from "./sign-edges.ts";

export interface Gateway extends PersonEdges {
  readonly config: Config;
  readonly core: Core;
  readonly matchRoute: MatchRoute;
  /** Address of the route's metadata as a protected resource (RFC 9728). */
  metadataOf(request: Request): string | undefined;
  readonly trust: Trust;
  /** The facts of a verified chain, with how each name is known. Rejects with HopError. */
  factsOf(chain: string, verdict: AcceptedChain): Promise<ChainFacts>;
  /** The first actor whose registration has ended. Rejects if that cannot be known. */
  endedSince(actors: readonly Actor[]): Promise<Ended | undefined>;
  readonly signer: Signer | undefined;
  /** Handles of MCP, bound to their holders; undefined without a signing key. */
  readonly handles: Handles | undefined;
  readonly pins: Pins;
  /** The current policy set; undefined if none could be loaded yet. */
  policies(): Promise<LoadedPolicies | undefined>;
  /** Evaluates the candidate set too, if there is one, after the response was sent. Never rejects. */
  compare(chain: VerifiedChain, question: Question, judgement: Judgement): void;
  readonly approvals: ApprovalStore;
  /** Tells people about something (CloudEvents `type`, `id`, `data`). Rejects if it cannot be queued. */
  announce(type: string, id: string, data: object): Promise<void>;
  /** Revokes a task, and records that the gateway did. Rejects if that fails. */
  endTask(
    task: string,
    why: Readonly<Record<"reason" | "decision", string>> & { readonly policies: readonly string[] },
  ): Promise<void>;
  readonly ledger: Pick<Ledgers, "admit" | "settle" | "isRevoked" | "memory" | "remember" | "leaveMemory">;
  readonly seenMemories: SeenMemories;
  /** Watches for signs; undefined if the configuration has no `[signs]`. */
  readonly signs: SignEdges | undefined;
  /**
   * Takes one request of a rate. @returns milliseconds to wait; 0 if it may proceed. Rejects if that cannot be known.
   */
  takeRate(name: string, rate: Rate): Promise<number>;
  /** A secret of the Worker, for a vendor. */
  secretOf(name: string): string | undefined;
  readonly vendorTokens: Kept<string>;
  readonly awsCredentials: Kept<AwsCredentials>;
  /** The gateway as a workload at clouds; undefined without the keys for it. */
  federation(): Promise<Federation | undefined>;
  readonly meter: Meter;
  /** Counts a request, reports it to telemetry, and logs it if the configuration says so. Never throws. */
  measure(request: MeasuredRequest): void;
  /** Lets work continue after the response. */
  afterwards(work: Promise<unknown>): void;
  /** @param init whether to decode the answer's body, which a Request cannot express */
  fetch(request: Request, init?: Pick<RequestInit, "encodeResponseBody" | "signal">): Promise<Response>;
  /** Ends the connection of a WebSocket that `fetch` has opened, which is closed already. */
  disconnect(socket: WebSocket): void;
  /** Milliseconds since the epoch. */
  now(): number;
}
