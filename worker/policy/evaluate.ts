/**
 * Decides by compiled Cedar policies, with Cedar's semantics: forbid overrides permit, nothing is allowed without a
 * permit, and a policy that fails to evaluate is skipped and reported
 * (https://docs.cedarpolicy.com/auth/authorization.html).
 */
import { Entities } from "./entities.ts";
import { compileExpression, type Environment, type Evaluate } from "./expression.ts";
import type { CompiledPolicies, CompiledPolicy, EntityJson, EntityUid, ScopeConstraint } from "./format.ts";
import { EvaluationError } from "./long.ts";
import { type CedarRecord, EntityRef, fromJson } from "./value.ts";

export interface AuthorizationRequest {
  readonly principal: EntityUid;
  readonly action: EntityUid;
  readonly resource: EntityUid;
  /** Cedar's JSON form. */
  readonly context: Readonly<Record<string, unknown>>;
}

export interface Authorization {
  readonly decision: "allow" | "deny";
  /** Ids of the determining policies. */
  readonly reasons: string[];
  /** Ids of the policies that failed to evaluate. */
  readonly errors: string[];
}

interface Executable {
  readonly id: string;
  readonly effect: "permit" | "forbid";
  readonly applies: (env: Environment) => boolean;
}

/**
 * Answers one request.
 *
 * @param compiled what `compilePolicies` made; its closures are built once per object
 * @param entities Cedar's JSON form; the actions of the schema are known already
 * @throws EvaluationError where context or entities are not Cedar values
 */
export function authorize(
  compiled: CompiledPolicies,
  request: AuthorizationRequest,
  entities: readonly EntityJson[],
): Authorization {
  const env: Environment = {
    principal: refOf(request.principal),
    action: refOf(request.action),
    resource: refOf(request.resource),
    context: fromJson(request.context) as CedarRecord,
    entities: new Entities(compiled.actions, entities),
  };
  const errors: string[] = [];
  const determining = { permit: [] as string[], forbid: [] as string[] };
  for (const policy of executables(compiled)) {
    try {
      if (policy.applies(env)) determining[policy.effect].push(policy.id);
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      errors.push(policy.id);
    }
  }
  const { permit, forbid } = determining;
  if (forbid.length > 0) return { decision: "deny", reasons: forbid, errors };
  return { decision: permit.length > 0 ? "allow" : "deny", reasons: permit, errors };
}

const built = new WeakMap<CompiledPolicies, readonly Executable[]>();

/** Builds every policy's closures; a set that holds something unsupported is refused as a whole. */
export function executables(compiled: CompiledPolicies): readonly Executable[] {
  const known = built.get(compiled);
  if (known !== undefined) return known;
  const made = compiled.policies.map(build);
  built.set(compiled, made);
  return made;
}

function build({ id, effect, principal, action, resource, conditions }: CompiledPolicy): Executable {
  const scope = [
    buildConstraint(principal, (env) => env.principal),
    buildConstraint(action, (env) => env.action),
    buildConstraint(resource, (env) => env.resource),
  ];
  const clauses = conditions.map(({ kind, body }) => ({ wanted: kind === "when", holds: compileExpression(body) }));
  return {
    id,
    effect,
    applies: (env) =>
      scope.every((constraint) => constraint(env)) &&
      clauses.every(({ wanted, holds }) => isBoolean(holds, env) === wanted),
  };
}

function isBoolean(holds: Evaluate, env: Environment): boolean {
  const value = holds(env);
  if (typeof value !== "boolean") throw new EvaluationError("a condition is not a boolean");
  return value;
}

type Constraint = (env: Environment) => boolean;

function buildConstraint(constraint: ScopeConstraint, pick: (env: Environment) => EntityRef): Constraint {
  switch (constraint.op) {
    case "All":
      return () => true;
    case "==": {
      const { key } = refOf(constraint.entity);
      return (env) => pick(env).key === key;
    }
    case "in": {
      const keys = ("entities" in constraint ? constraint.entities : [constraint.entity]).map((uid) => refOf(uid).key);
      return (env) => keys.some((key) => env.entities.isIn(pick(env).key, key));
    }
    case "is": {
      const { entity_type: type, in: within } = constraint;
      const key = within && refOf(within.entity).key;
      return (env) => pick(env).type === type && (key === undefined || env.entities.isIn(pick(env).key, key));
    }
  }
}

function refOf({ type, id }: EntityUid): EntityRef {
  return new EntityRef(type, id);
}
