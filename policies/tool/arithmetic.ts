/**
 * Finds forbids that compute with values from the caller: an overflow makes the policy fail, and the gateway then
 * denies (worker/policy/fail-closed.ts). The author is warned, and should compare without computing if possible.
 */

const ARITHMETIC = ["+", "-", "*", "neg", "offset", "durationSince"];

type Json = Readonly<Record<string, unknown>>;

/** Whether an expression of Cedar's JSON format computes with `context.tool.arguments`. */
export function computesWithArguments(expression: unknown): boolean {
  if (Array.isArray(expression)) return expression.some(computesWithArguments);
  if (!isObject(expression)) return false;
  return Object.entries(expression).some(
    ([operator, operands]) =>
      (ARITHMETIC.includes(operator) && namesArguments(operands)) || computesWithArguments(operands),
  );
}

function namesArguments(expression: unknown): boolean {
  if (Array.isArray(expression)) return expression.some(namesArguments);
  if (!isObject(expression)) return false;
  return isAttribute(expression, "arguments", isTool) || Object.values(expression).some(namesArguments);
}

function isTool(expression: unknown): boolean {
  return isObject(expression) && isAttribute(expression, "tool", isContext);
}

function isContext(expression: unknown): boolean {
  return isObject(expression) && expression["Var"] === "context";
}

function isAttribute(expression: Json, name: string, ofWhat: (left: unknown) => boolean): boolean {
  const access = expression["."];
  return isObject(access) && access["attr"] === name && ofWhat(access["left"]);
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
