/**
 * The compiled policy set: what `policies/tool/compile.ts` writes, KV keeps, and `authorize` takes. JSON, compact:
 * expressions are arrays that begin with their operator; each entity is in a table once and is referred to by its
 * place.
 */
import type { EntityJson, EntityUid } from "../types.ts";
import type { MemoryNames } from "./memory.ts";

export type { EntityJson, EntityUid } from "../types.ts";

export const FORMAT_VERSION = 3;

export interface CompiledPolicies {
  readonly version: typeof FORMAT_VERSION;
  /**
   * Operators, methods and functions that the policies use, so that a reader can check at once whether it supports them
   * all.
   */
  readonly operators: readonly string[];
  /** The entities that policies name. */
  readonly uids: readonly Uid[];
  /** JSON lines, one CompiledPolicy each, parsed when a request first needs it. */
  readonly policies: string;
  readonly index: PolicyIndex;
  /** What the policies remember or read about a task, and about callers and subjects for a day; absent if nothing. */
  readonly memory?: MemoryNames;
  /** Actions of the schema with the action groups that they are in. */
  readonly actions: readonly EntityJson[];
}

export type Uid = readonly [type: string, id: string];

/** Which policies may apply to a request (policy-index.ts), by their places in `policies`. */
export interface PolicyIndex {
  /** Those that apply to any principal, action and resource. */
  readonly anywhere: readonly number[];
  /** Whether a policy is listed under several entities, so that it can be found twice. */
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
  /** Absent if any principal, action or resource matches. */
  readonly principal?: ScopeConstraint;
  readonly action?: ScopeConstraint;
  readonly resource?: ScopeConstraint;
  /** All `when` and `unless` clauses in order, joined by `&&`; absent if there are none. */
  readonly condition?: Expression;
}

/** Numbers are places in `uids`. `in` with several is true for any of them. */
export type ScopeConstraint =
  | readonly ["==", number]
  | readonly ["in", ...number[]]
  | readonly ["is", string]
  | readonly ["is", string, number];

/** A literal represents itself; everything else is an operator with its operands (expression.ts lists them). */
export type Expression = boolean | number | string | readonly [operator: string, ...operands: unknown[]];

/**
 * What is published under its hash. Its text is a line of JSON with everything but the policies, then one line for each
 * policy, so that a new isolate parses only the first line.
 */
export interface CompiledDocument {
  readonly policies: CompiledPolicies;
  /** Attributes of workloads and groups. */
  readonly entities: readonly EntityJson[];
  /** base64url(SHA-256) of the source that it was compiled from (policies/tool/source.ts). */
  readonly source: string;
}

/** Most bytes of a set, because every isolate loads it. */
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
