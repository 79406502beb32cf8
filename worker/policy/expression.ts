/** Turns Cedar's JSON expressions into closures, once; no `eval`, which Workers forbid. */
import type { Entities } from "./entities.ts";
import { CONSTRUCTORS, type Extension, METHODS, makeExtension } from "./extension.ts";
import type { Expression } from "./format.ts";
import { EvaluationError, type Long, toLong } from "./long.ts";
import { CedarRecord, CedarSet, EntityRef, equals, fromJson, type Value } from "./value.ts";

/** What an expression can refer to. */
export interface Environment {
  readonly principal: EntityRef;
  readonly action: EntityRef;
  readonly resource: EntityRef;
  readonly context: CedarRecord;
  readonly entities: Entities;
}

export type Evaluate = (env: Environment) => Value;

/** The expression uses something that this version cannot evaluate: refused when compiled, never guessed. */
export class UnsupportedExpression extends Error {
  override readonly name = "UnsupportedExpression";
}

interface Binary {
  readonly left: Expression;
  readonly right: Expression;
}

/** Compiles one expression of Cedar's JSON policy format. */
export function compileExpression(expression: Expression): Evaluate {
  const [operator, ...more] = Object.keys(expression);
  if (operator === undefined || more.length > 0) throw new UnsupportedExpression("an expression has one operator");
  const operand = expression[operator];
  const compile = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  if (compile !== undefined) return compile(operand);
  if (CONSTRUCTORS.has(operator)) return compileConstructor(operator, operand as Expression[]);
  if (Object.hasOwn(METHODS, operator)) return compileMethod(operator, operand as Expression[]);
  throw new UnsupportedExpression(`\`${operator}\` is not supported`);
}

const OPERATORS: Readonly<Record<string, (operand: unknown) => Evaluate>> = {
  Value: (literal) => constant(fromJson(literal)),
  // A literal that JSON numbers do not hold, as text (policies/tool/longs.ts).
  Long: (digits) => constant(toLong(BigInt(digits as string))),
  Var: (name) => compileVariable(name as string),
  "!": (operand) => {
    const argument = compileExpression((operand as { arg: Expression }).arg);
    return (env) => !asBoolean(argument(env));
  },
  neg: (operand) => {
    const argument = compileExpression((operand as { arg: Expression }).arg);
    return (env) => toLong(-BigInt(asLong(argument(env))));
  },
  "&&": binary((left, right) => (env) => asBoolean(left(env)) && asBoolean(right(env))),
  "||": binary((left, right) => (env) => asBoolean(left(env)) || asBoolean(right(env))),
  "==": binary((left, right) => (env) => equals(left(env), right(env))),
  "!=": binary((left, right) => (env) => !equals(left(env), right(env))),
  "<": comparison((a, b) => a < b),
  "<=": comparison((a, b) => a <= b),
  ">": comparison((a, b) => a > b),
  ">=": comparison((a, b) => a >= b),
  "+": arithmetic(
    (a, b) => a + b,
    (a, b) => a + b,
  ),
  "-": arithmetic(
    (a, b) => a - b,
    (a, b) => a - b,
  ),
  "*": arithmetic(
    (a, b) => a * b,
    (a, b) => a * b,
  ),
  in: binary((left, right) => (env) => isIn(asEntity(left(env)), right(env), env.entities)),
  is: compileIs,
  like: compileLike,
  has: compileHas,
  ".": compileAccess,
  contains: binary((left, right) => (env) => asSet(left(env)).has(right(env))),
  containsAll: binary((left, right) => (env) => {
    const [all, some] = [asSet(left(env)), asSet(right(env))];
    return [...some.elements.keys()].every((key) => all.elements.has(key));
  }),
  containsAny: binary((left, right) => (env) => {
    const [one, other] = [asSet(left(env)), asSet(right(env))];
    return [...other.elements.keys()].some((key) => one.elements.has(key));
  }),
  isEmpty: (operand) => {
    const argument = compileExpression((operand as { arg: Expression }).arg);
    return (env) => asSet(argument(env)).elements.size === 0;
  },
  hasTag: binary((left, right) => (env) => {
    const [entity, name] = [asEntity(left(env)), asString(right(env))];
    return env.entities.tag(entity, name) !== undefined;
  }),
  getTag: binary((left, right) => (env) => {
    const [entity, name] = [asEntity(left(env)), asString(right(env))];
    return env.entities.tag(entity, name) ?? fail("the entity has no such tag");
  }),
  Set: (operand) => {
    const elements = (operand as Expression[]).map(compileExpression);
    return (env) => new CedarSet(elements.map((element) => element(env)));
  },
  Record: (operand) => {
    const members = Object.entries(operand as Record<string, Expression>).map(
      ([name, value]) => [name, compileExpression(value)] as const,
    );
    return (env) => new CedarRecord(new Map(members.map(([name, value]) => [name, value(env)])));
  },
  "if-then-else": (operand) => {
    const parts = operand as { if: Expression; then: Expression; else: Expression };
    const [test, yes, no] = [parts.if, parts.then, parts.else].map(compileExpression) as [Evaluate, Evaluate, Evaluate];
    return (env) => (asBoolean(test(env)) ? yes(env) : no(env));
  },
};

function constant(value: Value): Evaluate {
  return () => value;
}

function compileVariable(name: string): Evaluate {
  switch (name) {
    case "principal":
      return (env) => env.principal;
    case "action":
      return (env) => env.action;
    case "resource":
      return (env) => env.resource;
    case "context":
      return (env) => env.context;
    default:
      throw new UnsupportedExpression(`the variable \`${name}\` is not supported`);
  }
}

function binary(build: (left: Evaluate, right: Evaluate) => Evaluate): (operand: unknown) => Evaluate {
  return (operand) => {
    const { left, right } = operand as Binary;
    return build(compileExpression(left), compileExpression(right));
  };
}

/** Orders two Longs, two datetimes or two durations. */
function comparison(test: (a: Long, b: Long) => boolean): (operand: unknown) => Evaluate {
  return binary((left, right) => (env) => {
    const [a, b] = [left(env), right(env)];
    if (isLong(a) && isLong(b)) return test(a, b);
    const [x, y] = [asExtension(a), asExtension(b)];
    const ordered = x.kind === y.kind && (x.kind === "datetime" || x.kind === "duration");
    if (!ordered || !("exact" in x) || !("exact" in y)) return fail("these values have no order");
    return test(x.exact, y.exact);
  });
}

function arithmetic(
  fast: (a: number, b: number) => number,
  exact: (a: bigint, b: bigint) => bigint,
): (operand: unknown) => Evaluate {
  return binary((left, right) => (env) => {
    const [a, b] = [asLong(left(env)), asLong(right(env))];
    if (typeof a === "number" && typeof b === "number") {
      const result = fast(a, b);
      // -0 arises from 0 * -1 and would be another key than 0.
      if (Number.isSafeInteger(result)) return result === 0 ? 0 : result;
    }
    return toLong(exact(BigInt(a), BigInt(b)));
  });
}

function isIn(entity: EntityRef, target: Value, entities: Entities): boolean {
  if (target instanceof EntityRef) return entities.isIn(entity.key, target.key);
  const ancestors = [...asSet(target).elements.values()].map(asEntity);
  return ancestors.some((ancestor) => entities.isIn(entity.key, ancestor.key));
}

function compileIs(operand: unknown): Evaluate {
  const { left, entity_type: type, in: within } = operand as { left: Expression; entity_type: string; in?: Expression };
  const entity = compileExpression(left);
  const container = within && compileExpression(within);
  return (env) => {
    const ref = asEntity(entity(env));
    return ref.type === type && (container === undefined || isIn(ref, container(env), env.entities));
  };
}

function compileLike(operand: unknown): Evaluate {
  const { left, pattern } = operand as { left: Expression; pattern: readonly ("Wildcard" | { Literal: string })[] };
  const text = compileExpression(left);
  const literals = [""];
  for (const part of pattern) {
    if (part === "Wildcard") literals.push("");
    else literals.push(literals.pop() + part.Literal);
  }
  return (env) => isLike(asString(text(env)), literals);
}

/**
 * Whether the literals stand in the text in this order, the first at its start and the last at its end. Taking each
 * one as early as it comes is enough, so there is no backtracking for a text to exploit.
 */
function isLike(text: string, literals: readonly string[]): boolean {
  const first = literals[0] as string;
  const last = literals.at(-1) as string;
  if (literals.length === 1) return text === first;
  const end = text.length - last.length;
  if (first.length > end || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const literal of literals.slice(1, -1)) {
    const found = text.indexOf(literal, at);
    if (found < 0) return false;
    at = found + literal.length;
  }
  return at <= end;
}

/** `has a.b.c` holds where every step is there; each must be a record or entity. */
function compileHas(operand: unknown): Evaluate {
  const { left, attr } = operand as { left: Expression; attr: string | readonly string[] };
  const subject = compileExpression(left);
  const names = typeof attr === "string" ? [attr] : attr;
  return (env) => {
    let value = subject(env);
    for (const name of names) {
      const found = attributesOf(value, env.entities)?.attributes.get(name);
      if (found === undefined) return false;
      value = found;
    }
    return true;
  };
}

function compileAccess(operand: unknown): Evaluate {
  const { left, attr } = operand as { left: Expression; attr: string };
  const subject = compileExpression(left);
  return (env) => {
    const attributes = attributesOf(subject(env), env.entities) ?? fail("the entity does not exist");
    return attributes.attributes.get(attr) ?? fail(`there is no attribute \`${attr}\``);
  };
}

function attributesOf(value: Value, entities: Entities): CedarRecord | undefined {
  if (value instanceof CedarRecord) return value;
  if (value instanceof EntityRef) return entities.attributes(value);
  return fail("expected a record or an entity");
}

function compileConstructor(fn: string, operands: readonly Expression[]): Evaluate {
  const [text, ...more] = operands.map(compileExpression);
  if (text === undefined || more.length > 0) throw new UnsupportedExpression(`\`${fn}\` takes one argument`);
  return (env) => makeExtension(fn, text(env));
}

function compileMethod(name: string, operands: readonly Expression[]): Evaluate {
  const method = METHODS[name] as (typeof METHODS)[string];
  const [self, argument] = operands.map(compileExpression);
  if (self === undefined || operands.length !== method.arity) {
    throw new UnsupportedExpression(`\`${name}\` takes ${method.arity - 1} arguments`);
  }
  return (env) => method.call(asExtension(self(env)), argument && asExtension(argument(env)));
}

function fail(reason: string): never {
  throw new EvaluationError(reason);
}

function isLong(value: Value): value is Long {
  return typeof value === "number" || typeof value === "bigint";
}

function asBoolean(value: Value): boolean {
  return typeof value === "boolean" ? value : fail("expected a boolean");
}

function asLong(value: Value): Long {
  return isLong(value) ? value : fail("expected an integer");
}

function asString(value: Value): string {
  return typeof value === "string" ? value : fail("expected a string");
}

function asEntity(value: Value): EntityRef {
  return value instanceof EntityRef ? value : fail("expected an entity");
}

function asSet(value: Value): CedarSet {
  return value instanceof CedarSet ? value : fail("expected a set");
}

function asExtension(value: Value): Extension {
  const isExtension =
    typeof value === "object" &&
    !(value instanceof EntityRef || value instanceof CedarSet || value instanceof CedarRecord);
  return isExtension ? value : fail("expected a value of an extension type");
}
