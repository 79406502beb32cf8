/**
 * The compiled policy set: what `policies/tool/compile.ts` writes, KV keeps, and `authorize` takes. Expressions are
 * Cedar's own JSON policy format, with `Long` for integers of more than 53 bits; the version says how this Worker reads what stands around them.
 */
export const FORMAT_VERSION = 1;

export interface CompiledPolicies {
  readonly version: typeof FORMAT_VERSION;
  readonly policies: readonly CompiledPolicy[];
  /** Actions of the schema with the action groups that they are in. */
  readonly actions: readonly EntityJson[];
}

/** The document that is published under its hash: policies, and the entities that are known of workloads and groups. */
export interface CompiledDocument {
  readonly policies: CompiledPolicies;
  readonly entities: readonly EntityJson[];
}

export interface CompiledPolicy {
  /** As Cedar numbers them: `policy0`, `policy1`, ... */
  readonly id: string;
  readonly effect: "permit" | "forbid";
  readonly annotations: Readonly<Record<string, string>>;
  readonly principal: ScopeConstraint;
  readonly action: ScopeConstraint;
  readonly resource: ScopeConstraint;
  readonly conditions: readonly { readonly kind: "when" | "unless"; readonly body: Expression }[];
}

export interface EntityUid {
  readonly type: string;
  readonly id: string;
}

export type ScopeConstraint =
  | { readonly op: "All" }
  | { readonly op: "=="; readonly entity: EntityUid }
  | { readonly op: "in"; readonly entity: EntityUid }
  | { readonly op: "in"; readonly entities: readonly EntityUid[] }
  | { readonly op: "is"; readonly entity_type: string; readonly in?: { readonly entity: EntityUid } };

/** One operator with its operands (https://docs.cedarpolicy.com/policies/json-format.html). */
export type Expression = { readonly [operator: string]: unknown };

/** Cedar's JSON form of an entity. */
export interface EntityJson {
  readonly uid: EntityUid | { readonly __entity: EntityUid };
  readonly attrs?: Readonly<Record<string, unknown>>;
  readonly parents?: readonly (EntityUid | { readonly __entity: EntityUid })[];
  readonly tags?: Readonly<Record<string, unknown>>;
}

export function uidOf(json: EntityUid | { readonly __entity: EntityUid }): EntityUid {
  return "__entity" in json ? json.__entity : json;
}
