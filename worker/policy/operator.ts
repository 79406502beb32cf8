/** How operators of a compiled set take their operands. */
import type { Environment, Evaluate } from "./environment.ts";
import { EvaluationError, type Long } from "./long.ts";
import { type Arithmetic, calculate, compare } from "./number.ts";
import type { UidAt } from "./uid-table.ts";
import type { Value } from "./value.ts";

/** The expression uses something that this version cannot evaluate: it is refused when compiled. */
export class UnsupportedExpression extends Error {
  override readonly name = "UnsupportedExpression";
}

/** Compiles one operator from its operands in the set, with a function that compiles operands that are expressions. */
export type CompileOperator = (
  operands: readonly unknown[],
  compile: (operand: unknown) => Evaluate,
  uidAt: UidAt,
) => Evaluate;

/** Computes once. A failure is raised again at every evaluation, and only then, because a policy may guard it. */
export function constant(compute: () => Value): Evaluate {
  try {
    const value = compute();
    return () => value;
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    return () => {
      throw error;
    };
  }
}

export function exactly(count: number, operands: readonly unknown[]): readonly unknown[] {
  if (operands.length !== count) throw new UnsupportedExpression(`an operator takes ${count} operands`);
  return operands;
}

export function unary(apply: (value: Value) => Value): CompileOperator {
  return (operands, compile) => {
    const [argument] = exactly(1, operands).map(compile) as [Evaluate];
    return (env) => apply(argument(env));
  };
}

export function lazily(build: (left: Evaluate, right: Evaluate) => Evaluate): CompileOperator {
  return (operands, compile) => {
    const [left, right] = exactly(2, operands).map(compile) as [Evaluate, Evaluate];
    return build(left, right);
  };
}

export function binary(apply: (a: Value, b: Value, env: Environment) => Value): CompileOperator {
  return lazily((left, right) => (env) => apply(left(env), right(env), env));
}

export function comparison(test: (a: Long, b: Long) => boolean): CompileOperator {
  return binary((a, b) => compare(a, b, test));
}

export function arithmetic(operation: Arithmetic): CompileOperator {
  return binary((a, b) => calculate(a, b, operation));
}
