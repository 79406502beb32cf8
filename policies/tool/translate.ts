/**
 * Translates Cedar's JSON policy format (https://docs.cedarpolicy.com/policies/json-format.html) to the compiled form.
 */

import { CONSTRUCTORS, METHODS } from "../../worker/policy/extension.ts";
import type { CompiledPolicy, EntityUid, Expression, ScopeConstraint } from "../../worker/policy/format.ts";
import { UnsupportedExpression } from "../../worker/policy/operator.ts";
import type { cedar } from "./cedar.ts";
import { hiddenLong } from "./longs.ts";

/** Gives each entity its place in the set's table. */
export interface UidTable {
  readonly uids: [string, string][];
  placeOf(uid: EntityUid): number;
}

export function createUidTable(): UidTable {
  const uids: [string, string][] = [];
  const places = new Map<string, number>();
  return {
    uids,
    placeOf({ type, id }) {
      const key = `${type}"${id}`;
      const known = places.get(key);
      if (known !== undefined) return known;
      places.set(key, uids.length);
      return uids.push([type, id]) - 1;
    },
  };
}

/** Values of a template's slots; empty for a static policy. */
export type SlotValues = Readonly<Record<string, EntityUid>>;

/** One policy of Cedar's JSON format. @throws UnsupportedExpression, with the name of what is unknown here */
export function translatePolicy(
  id: string,
  json: cedar.PolicyJson,
  table: UidTable,
  values: SlotValues = {},
): CompiledPolicy {
  const place = (constraint: unknown): ScopeConstraint | undefined => translateConstraint(constraint, table, values);
  const [principal, action, resource] = [json.principal, json.action, json.resource].map(place);
  const clauses = json.conditions.map(({ kind, body }): Expression => {
    const expression = translateExpression(body, table);
    return kind === "when" ? expression : ["!", expression];
  });
  const condition = clauses.length === 0 ? undefined : clauses.reduceRight((rest, clause) => ["&&", clause, rest]);
  return {
    id,
    effect: json.effect,
    annotations: annotationsOf(json),
    ...(principal && { principal }),
    ...(action && { action }),
    ...(resource && { resource }),
    ...(condition !== undefined && { condition }),
  };
}

/** An annotation without a value is the empty string. */
function annotationsOf({ annotations = {} }: cedar.PolicyJson): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).map(([name, value]) => [name, value ?? ""]));
}

interface ConstraintJson {
  readonly op: string;
  readonly entity?: EntityUid;
  readonly entities?: readonly EntityUid[];
  readonly slot?: string;
  readonly entity_type?: string;
  readonly in?: { readonly entity?: EntityUid; readonly slot?: string };
}

function translateConstraint(constraint: unknown, table: UidTable, values: SlotValues): ScopeConstraint | undefined {
  const json = constraint as ConstraintJson;
  const placeOf = ({ entity, slot }: { entity?: EntityUid; slot?: string }): number => {
    const uid = entity ?? values[slot as string];
    if (uid === undefined) throw new UnsupportedExpression(`the slot \`${slot}\` has no value`);
    return table.placeOf(uid);
  };
  switch (json.op) {
    case "All":
      return undefined;
    case "==":
      return ["==", placeOf(json)];
    case "in":
      return json.entities === undefined ? ["in", placeOf(json)] : ["in", ...json.entities.map(table.placeOf)];
    case "is":
      return json.in === undefined
        ? ["is", json.entity_type as string]
        : ["is", json.entity_type as string, placeOf(json.in)];
    default:
      throw new UnsupportedExpression(`the constraint \`${json.op}\` is not supported`);
  }
}

type Operands = {
  readonly left: unknown;
  readonly right: unknown;
  readonly arg: unknown;
  readonly attr: string | readonly string[];
  readonly pattern: readonly ("Wildcard" | { readonly Literal: string })[];
  readonly entity_type: string;
  readonly in?: unknown;
  readonly if: unknown;
  readonly then: unknown;
  readonly else: unknown;
};

const UNARY = new Set(["!", "neg", "isEmpty"]);
const BINARY = new Set("== != in < <= > >= && || + - * contains containsAll containsAny hasTag getTag".split(" "));

/** One expression. */
export function translateExpression(json: unknown, table: UidTable): Expression {
  const [[operator, operand] = ["", undefined], ...more] = Object.entries(json as Record<string, unknown>);
  if (more.length > 0) throw new UnsupportedExpression("an expression has one operator");
  const inner = (expression: unknown): Expression => translateExpression(expression, table);
  const { left, right, arg, attr, ...rest } = operand as Operands;
  if (UNARY.has(operator)) return [operator, inner(arg)];
  if (BINARY.has(operator)) return [operator, inner(left), inner(right)];
  switch (operator) {
    case "Value":
      return translateValue(operand, table);
    case "Var":
      return [operand as string];
    case ".": {
      const digits = hiddenLong(attr as string);
      return digits === undefined ? [".", inner(left), attr] : ["long", digits];
    }
    case "has":
      return ["has", inner(left), ...(typeof attr === "string" ? [attr] : attr)];
    case "like":
      return ["like", inner(left), ...literalsOf(rest.pattern)];
    case "is":
      return ["is", inner(left), rest.entity_type, ...(rest.in === undefined ? [] : [inner(rest.in)])];
    case "if-then-else":
      return ["if", inner(rest.if), inner(rest.then), inner(rest.else)];
    case "Set":
      return ["set", ...(operand as unknown[]).map(inner)];
    case "Record":
      return ["record", ...Object.entries(operand as object).flatMap(([name, value]) => [name, inner(value)])];
  }
  if (CONSTRUCTORS.has(operator) || Object.hasOwn(METHODS, operator)) {
    return [operator, ...(operand as unknown[]).map(inner)];
  }
  throw new UnsupportedExpression(`\`${operator}\` is not supported`);
}

/** Literals are between wildcards, so there is one more of them. */
function literalsOf(pattern: Operands["pattern"]): string[] {
  const literals = [""];
  for (const part of pattern) {
    if (part === "Wildcard") literals.push("");
    else literals.push(literals.pop() + part.Literal);
  }
  return literals;
}

function translateValue(value: unknown, table: UidTable): Expression {
  if (typeof value === "string" || typeof value === "boolean" || Number.isSafeInteger(value)) {
    return value as Expression;
  }
  const { __entity: uid } = value as { __entity?: EntityUid };
  if (uid !== undefined) return ["entity", table.placeOf(uid)];
  throw new UnsupportedExpression("a literal of this kind is not supported");
}
