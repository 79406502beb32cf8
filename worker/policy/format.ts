/**
 * The compiled policy set: what `policies/tool/compile.ts` writes, KV keeps, and `authorize` takes. JSON, compact:
 * expressions are arrays led by their operator, and entities stand once in a table and are named by their place in it.
 */
import type { EntityJson, EntityUid } from "../types.ts";
import type { MemoryNames } from "./memory.ts";

export type { EntityJson, EntityUid } from "../types.ts";

export const FORMAT_VERSION = 3;

export interface CompiledPolicies {
  readonly version: typeof FORMAT_VERSION;
  /** Operators, methods and functions that the policies use, so that a reader knows at once whether it knows them all. */
  readonly operators: readonly string[];
  /** The entities that policies name. */
  readonly uids: readonly Uid[];
  /** JSON lines, a CompiledPolicy each, read when a request first concerns it. */
  readonly policies: string;
  readonly index: PolicyIndex;
  /** What the policies remember or look up of a task, and of callers and subjects for a day; absent where it is nothing. */
  readonly memory?: MemoryNames;
  /** Actions of the schema with the action groups that they are in. */
  readonly actions: readonly EntityJson[];
}

export type Uid = readonly [type: string, id: string];

/** Which policies may apply to a request (policy-index.ts), by their places in `policies`. */
export interface PolicyIndex {
  /** Those that concern everyone, everything and any action. */
  readonly anywhere: readonly number[];
  /** Whether a policy is listed under several entities, so that it can be met twice. */
  readonly repeated: boolean;
  readonly principal: IndexBuckets;
  readonly action: IndexBuckets;
  readonly resource: IndexBuckets;
}

export interface IndexBuckets {
  /** By `keyOfEntity` (value.ts). */
  readonly byEntity: Readonly<Record<string, readonly number[]>>;
  readonly byType: Readonly<Record<string, readonly number[]>>;
}

export interface CompiledPolicy {
  /** As Cedar numbers them, `policy0`, `policy1`, ...; the new id of a linked template. */
  readonly id: string;
  readonly effect: "permit" | "forbid";
  readonly annotations: Readonly<Record<string, string>>;
  /** Absent where anyone, any action or any resource will do. */
  readonly principal?: ScopeConstraint;
  readonly action?: ScopeConstraint;
  readonly resource?: ScopeConstraint;
  /** All `when` and `unless` clauses in their order, joined by `&&`; absent where there are none. */
  readonly condition?: Expression;
}

/** Numbers are places in `uids`. `in` several holds for any of them. */
export type ScopeConstraint =
  | readonly ["==", number]
  | readonly ["in", ...number[]]
  | readonly ["is", string]
  | readonly ["is", string, number];

/** A literal is itself; everything else is an operator with its operands (expression.ts lists them). */
export type Expression = boolean | number | string | readonly [operator: string, ...operands: unknown[]];

/**
 * What is published under its hash. Its text is a line of JSON with everything but the policies, then the policies a line
 * each: a new isolate parses the first line and leaves the rest.
 */
export interface CompiledDocument {
  readonly policies: CompiledPolicies;
  /** What is known of workloads and groups. */
  readonly entities: readonly EntityJson[];
  /** base64url(SHA-256) of the source that it was compiled from (policies/tool/source.ts). */
  readonly source: string;
}

/** A set of more bytes than this is refused: it would weigh on every isolate. */
export const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

export function uidOf(json: EntityUid | { readonly __entity: EntityUid }): EntityUid {
  return "__entity" in json ? json.__entity : json;
}

/** The text of a document. */
export function writeDocument({ policies: { policies, ...header }, entities, source }: CompiledDocument): string {
  return `${JSON.stringify({ ...header, entities, source })}\n${policies}`;
}

/** @throws SyntaxError */
export function parseDocument(text: string): CompiledDocument {
  const end = text.indexOf("\n");
  const header = JSON.parse(text.slice(0, end)) as Omit<CompiledPolicies, "policies"> &
    Omit<CompiledDocument, "policies">;
  const { entities, source, ...compiled } = header;
  return { policies: { ...compiled, policies: text.slice(end + 1) }, entities, source };
}
