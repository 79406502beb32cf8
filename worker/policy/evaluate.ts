/**
 * Decides with compiled Cedar policies and Cedar's semantics: forbid overrides permit, nothing is allowed without a
 * permit, and a policy that fails to evaluate is skipped and reported
 * (https://docs.cedarpolicy.com/auth/authorization.html).
 */

import type { AuthorizationRequest } from "../types.ts";
import { Entities } from "./entities.ts";
import type { Environment, Evaluate } from "./environment.ts";
import { asBoolean } from "./expect.ts";
import { compileExpression } from "./expression.ts";
import type { CompiledPolicies, CompiledPolicy, EntityJson, EntityUid } from "./format.ts";
import { EvaluationError } from "./long.ts";
import { findCandidates } from "./policy-index.ts";
import { compileScope, type HoldsScope, type Subject, type Subjects } from "./scope.ts";
import { createUidTable, type UidAt } from "./uid-table.ts";
import { EntityRef, recordFromJson } from "./value.ts";

export type { AuthorizationRequest } from "../types.ts";

export interface Authorization {
  readonly decision: "allow" | "deny";
  /** Ids of the determining policies, in the order of the set. */
  readonly reasons: string[];
  /** Ids of the policies that failed to evaluate, in the order of the set. */
  readonly errors: string[];
}

/** An executable policy. */
export interface Executable extends Pick<CompiledPolicy, "id" | "effect" | "annotations"> {
  /** Its place in the set. */
  readonly order: number;
  readonly holdsScope: HoldsScope;
  readonly condition: Evaluate | undefined;
}

/** An answer with the policies themselves, each list in the order of the set. */
export interface Judgement {
  readonly decision: Authorization["decision"];
  readonly determining: readonly Executable[];
  readonly failed: readonly Executable[];
}

/**
 * Answers one request.
 *
 * @param compiled the result of `compilePolicies`; its closures are built once per object
 * @param entities Cedar's JSON form; the actions of the schema are known already
 * @throws InvalidValue if a policy reads something in context or entities that is not a Cedar value
 */
export function authorize(
  compiled: CompiledPolicies,
  request: AuthorizationRequest,
  entities: readonly EntityJson[],
): Authorization {
  const { decision, determining, failed } = judge(compiled, request, entities);
  return { decision, reasons: determining.map(({ id }) => id), errors: failed.map(({ id }) => id) };
}

/** Like `authorize`. @param known further entities that many requests share, indexed once per array */
export function judge(
  compiled: CompiledPolicies,
  request: AuthorizationRequest,
  entities: readonly EntityJson[],
  known: readonly EntityJson[] = [],
): Judgement {
  const { env, subjects } = prepare(compiled, request, entities, known);
  const permits: Executable[] = [];
  const forbids: Executable[] = [];
  const failed: Executable[] = [];
  for (const policy of candidatesOf(compiled, subjects)) {
    try {
      if (!applies(policy, subjects, env)) continue;
      if (policy.effect === "forbid") forbids.push(policy);
      else permits.push(policy);
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      failed.push(policy);
    }
  }
  const determining = forbids.length > 0 ? forbids : permits;
  const decision = forbids.length > 0 || permits.length === 0 ? "deny" : "allow";
  return { decision, determining: inOrder(determining), failed: inOrder(failed) };
}

/** The policies that may apply, in no order. */
export function* candidatesOf(compiled: CompiledPolicies, subjects: Subjects): Generator<Executable> {
  const policyAt = executablesOf(compiled);
  for (const order of findCandidates(compiled.index, subjects)) yield policyAt(order);
}

/** @throws EvaluationError if it cannot be evaluated, as in Cedar */
export function applies({ holdsScope, condition }: Executable, subjects: Subjects, env: Environment): boolean {
  return holdsScope(subjects) && (condition === undefined || asBoolean(condition(env)));
}

/** What the policies of a set see of a request. */
export function prepare(
  compiled: CompiledPolicies,
  { principal, action, resource, context }: AuthorizationRequest,
  entities: readonly EntityJson[],
  known: readonly EntityJson[] = [],
): { readonly env: Environment; readonly subjects: Subjects } {
  const all = new Entities(known.length === 0 ? [compiled.actions] : [known, compiled.actions], entities);
  const subjectOf = ({ type, id }: EntityUid): Subject => {
    const ref = new EntityRef(type, id);
    return { ref, lineage: all.lineage(ref.key) };
  };
  const subjects = { principal: subjectOf(principal), action: subjectOf(action), resource: subjectOf(resource) };
  const env = {
    principal: subjects.principal.ref,
    action: subjects.action.ref,
    resource: subjects.resource.ref,
    context: recordFromJson(context),
    entities: all,
  };
  return { env, subjects };
}

function inOrder(policies: readonly Executable[]): readonly Executable[] {
  return policies.length < 2 ? policies : policies.toSorted((a, b) => a.order - b.order);
}

/** A policy of a set by its place, built at first use: an isolate's requests need few of them. */
type PolicyAt = (order: number) => Executable;

const built = new WeakMap<CompiledPolicies, PolicyAt>();

function executablesOf(compiled: CompiledPolicies): PolicyAt {
  const known = built.get(compiled);
  if (known !== undefined) return known;
  const policies: Executable[] = [];
  const lines = linesOf(compiled);
  const uidAt = createUidTable(compiled.uids);
  const policyAt: PolicyAt = (order) => {
    policies[order] ??= buildPolicy(lines[order] as string, order, uidAt);
    return policies[order];
  };
  built.set(compiled, policyAt);
  return policyAt;
}

function linesOf({ policies }: CompiledPolicies): string[] {
  return policies === "" ? [] : policies.split("\n");
}

function buildPolicy(text: string, order: number, uidAt: UidAt): Executable {
  const policy = JSON.parse(text) as CompiledPolicy;
  const { id, effect, annotations, condition } = policy;
  return {
    id,
    order,
    effect,
    annotations,
    holdsScope: compileScope(policy, uidAt),
    condition: condition === undefined ? undefined : compileExpression(condition, uidAt),
  };
}

/**
 * Builds every policy of a set, to see that this version can.
 *
 * @throws UnsupportedExpression if the set contains something that this version cannot evaluate: the whole set is
 * refused
 */
export function executables(compiled: CompiledPolicies): readonly Executable[] {
  const policyAt = executablesOf(compiled);
  return linesOf(compiled).map((_, order) => policyAt(order));
}
