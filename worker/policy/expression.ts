/**
 * Turns the expressions of a compiled set into closures, once; no `eval`, which Workers forbid. OPERATORS has one entry
 * for each operator of Cedar: https://docs.cedarpolicy.com/policies/syntax-operators.html.
 */
import type { Environment, Evaluate } from "./environment.ts";
import { asBoolean, asEntity, asExtension, asLong, asSet, asString, fail } from "./expect.ts";
import { CONSTRUCTORS, METHODS, makeExtension } from "./extension.ts";
import type { Expression } from "./format.ts";
import { isLike } from "./like.ts";
import { EvaluationError, toLong } from "./long.ts";
import {
  arithmetic,
  binary,
  type CompileOperator,
  comparison,
  constant,
  exactly,
  lazily,
  UnsupportedExpression,
  unary,
} from "./operator.ts";
import type { UidAt } from "./uid-table.ts";
import { CedarRecord, CedarSet, EntityRef, equals, UnknownValue, type Value } from "./value.ts";

/**
 * Compiles an expression.
 *
 * @param uidAt the set's table of entities
 * @throws UnsupportedExpression, with the operator's name
 */
export function compileExpression(expression: Expression, uidAt: UidAt): Evaluate {
  const compile = (operand: unknown): Evaluate => compileExpression(operand as Expression, uidAt);
  if (!Array.isArray(expression)) return compileLiteral(expression);
  const [operator, ...operands] = expression as readonly [string, ...unknown[]];
  const known = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  if (known !== undefined) return known(operands, compile, uidAt);
  if (CONSTRUCTORS.has(operator)) return compileConstructor(operator, operands, compile);
  if (Object.hasOwn(METHODS, operator)) return compileMethod(operator, operands, compile);
  throw new UnsupportedExpression(`\`${operator}\` is not supported`);
}

/** Whether this version knows an operator, method or function of this name. */
export function isSupported(operator: string): boolean {
  return Object.hasOwn(OPERATORS, operator) || CONSTRUCTORS.has(operator) || Object.hasOwn(METHODS, operator);
}

function compileLiteral(literal: unknown): Evaluate {
  if (typeof literal === "boolean" || typeof literal === "string") return () => literal;
  if (Number.isSafeInteger(literal)) return () => literal as number;
  throw new UnsupportedExpression("a literal is neither a boolean, an integer nor a string");
}

const OPERATORS: Readonly<Record<string, CompileOperator>> = {
  principal: () => (env) => env.principal,
  action: () => (env) => env.action,
  resource: () => (env) => env.resource,
  context: () => (env) => env.context,
  /** An integer of more than 53 bits, as a string. */
  long: ([digits]) => constant(() => toLong(BigInt(digits as string))),
  entity: ([place], _, uidAt) => {
    const uid = uidAt(place as number);
    if (uid === undefined) throw new UnsupportedExpression("an entity that is not in the table is not supported");
    return () => uid;
  },
  "!": unary((value) => !asBoolean(value)),
  neg: unary((value) => toLong(-BigInt(asLong(value)))),
  "&&": lazily((left, right) => (env) => {
    try {
      if (!asBoolean(left(env))) return false;
    } catch (cause) {
      return decidedBy(right, false, env, cause);
    }
    return asBoolean(right(env));
  }),
  "||": lazily((left, right) => (env) => {
    try {
      if (asBoolean(left(env))) return true;
    } catch (cause) {
      return decidedBy(right, true, env, cause);
    }
    return asBoolean(right(env));
  }),
  if: (operands, compile) => {
    const [test, yes, no] = exactly(3, operands).map(compile) as [Evaluate, Evaluate, Evaluate];
    return (env) => (asBoolean(test(env)) ? yes(env) : no(env));
  },
  "==": binary((a, b) => equals(a, b)),
  "!=": binary((a, b) => !equals(a, b)),
  "<": comparison((a, b) => a < b),
  "<=": comparison((a, b) => a <= b),
  ">": comparison((a, b) => a > b),
  ">=": comparison((a, b) => a >= b),
  "+": arithmetic({ fast: (a, b) => a + b, exact: (a, b) => a + b }),
  "-": arithmetic({ fast: (a, b) => a - b, exact: (a, b) => a - b }),
  "*": arithmetic({ fast: (a, b) => a * b, exact: (a, b) => a * b }),
  in: binary(isIn),
  is: ([left, type, within], compile) => {
    const [entity, container] = [compile(left), within === undefined ? undefined : compile(within)];
    return (env) => {
      const ref = asEntity(entity(env));
      return ref.type === type && (container === undefined || isIn(ref, container(env), env));
    };
  },
  like: ([left, ...literals], compile) => {
    const text = compile(left);
    return (env) => isLike(asString(text(env)), literals as readonly string[]);
  },
  /** `has a.b.c` is true if every step exists; each must be a record or entity. */
  has: ([left, ...names], compile) => {
    const subject = compile(left);
    return (env) => {
      let value = subject(env);
      for (const name of names as readonly string[]) {
        const found = attributesOf(value, env)?.get(name);
        if (found === undefined) return false;
        value = found;
      }
      return true;
    };
  },
  ".": ([left, name], compile) => {
    const [subject, attribute] = [compile(left), name as string];
    return (env) => {
      const attributes = attributesOf(subject(env), env) ?? fail("the entity does not exist");
      return attributes.get(attribute) ?? fail(`there is no attribute \`${attribute}\``);
    };
  },
  contains: binary((set, value) => asSet(set).has(value)),
  containsAll: binary((a, b) => {
    const [all, some] = [asSet(a), asSet(b)];
    return [...some.elements.keys()].every((key) => all.elements.has(key));
  }),
  containsAny: binary((a, b) => {
    const [one, other] = [asSet(a), asSet(b)];
    return [...other.elements.keys()].some((key) => one.elements.has(key));
  }),
  isEmpty: unary((set) => asSet(set).elements.size === 0),
  hasTag: binary((entity, name, env) => env.entities.tag(asEntity(entity), asString(name)) !== undefined),
  getTag: binary(
    (entity, name, env) => env.entities.tag(asEntity(entity), asString(name)) ?? fail("the entity has no such tag"),
  ),
  set: (operands, compile) => {
    const elements = operands.map(compile);
    const build: Evaluate = (env) => new CedarSet(elements.map((element) => element(env)));
    // A set of literals is built once; most policies compare with one.
    return operands.every(isLiteral) ? constant(() => build(NOTHING)) : build;
  },
  /** Alternating names and values. */
  record: (operands, compile) => {
    const members = operands.flatMap((operand, i) =>
      i % 2 === 1 ? [[operands[i - 1] as string, compile(operand)] as const] : [],
    );
    return (env) => new CedarRecord(new Map(members.map(([name, value]) => [name, value(env)])));
  },
};

/**
 * If the left operand is unknown (policy/could.ts), the right one alone may decide: whatever the left one is, the
 * result is `decisive`, or an error, which neither permits more nor forbids less.
 */
function decidedBy(right: Evaluate, decisive: boolean, env: Environment, cause: unknown): boolean {
  if (!(cause instanceof UnknownValue)) throw cause;
  try {
    if (asBoolean(right(env)) === decisive) return decisive;
  } catch (error) {
    if (!(error instanceof UnknownValue || error instanceof EvaluationError)) throw error;
  }
  throw cause;
}

/** For expressions that contain only literals. */
const NOTHING = undefined as unknown as Environment;

function isLiteral(operand: unknown): boolean {
  return !Array.isArray(operand) || operand[0] === "long" || operand[0] === "entity";
}

function isIn(left: Value, target: Value, { entities }: Environment): boolean {
  const entity = asEntity(left);
  if (target instanceof EntityRef) return entities.isIn(entity.key, target.key);
  const ancestors = [...asSet(target).elements.values()].map(asEntity);
  return ancestors.some((ancestor) => entities.isIn(entity.key, ancestor.key));
}

function attributesOf(value: Value, { entities }: Environment): CedarRecord | undefined {
  if (value instanceof CedarRecord) return value;
  if (value instanceof EntityRef) return entities.attributes(value);
  return fail("expected a record or an entity");
}

function compileConstructor(
  fn: string,
  operands: readonly unknown[],
  compile: (operand: unknown) => Evaluate,
): Evaluate {
  const [operand, ...more] = operands;
  if (operand === undefined || more.length > 0) return wrongArguments(fn, operands, compile);
  if (typeof operand === "string") return constant(() => makeExtension(fn, operand));
  const text = compile(operand);
  return (env) => makeExtension(fn, text(env));
}

function compileMethod(name: string, operands: readonly unknown[], compile: (operand: unknown) => Evaluate): Evaluate {
  const method = METHODS[name] as (typeof METHODS)[string];
  if (operands.length !== method.arity) return wrongArguments(name, operands, compile);
  const [self, argument] = operands.map(compile) as [Evaluate, Evaluate | undefined];
  return (env) => method.call(asExtension(self(env)), argument && asExtension(argument(env)));
}

/**
 * Cedar's parser accepts any number of arguments and its evaluator fails, so a policy that never gets there is valid.
 */
function wrongArguments(name: string, operands: readonly unknown[], compile: (operand: unknown) => Evaluate): Evaluate {
  for (const operand of operands) compile(operand);
  return () => fail(`\`${name}\` has the wrong number of arguments`);
}
