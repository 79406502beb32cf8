/** The types of an operator's operands: another type is an evaluation error, as in Cedar. */
import type { Extension } from "./extension.ts";
import { EvaluationError, type Long } from "./long.ts";
import { CedarRecord, CedarSet, EntityRef, type Value } from "./value.ts";

export function fail(reason: string): never {
  throw new EvaluationError(reason);
}

export function isLong(value: Value): value is Long {
  return typeof value === "number" || typeof value === "bigint";
}

export function asBoolean(value: Value): boolean {
  return typeof value === "boolean" ? value : fail("expected a boolean");
}

export function asLong(value: Value): Long {
  return isLong(value) ? value : fail("expected an integer");
}

export function asString(value: Value): string {
  return typeof value === "string" ? value : fail("expected a string");
}

export function asEntity(value: Value): EntityRef {
  return value instanceof EntityRef ? value : fail("expected an entity");
}

export function asSet(value: Value): CedarSet {
  return value instanceof CedarSet ? value : fail("expected a set");
}

export function asExtension(value: Value): Extension {
  const isExtension =
    typeof value === "object" &&
    !(value instanceof EntityRef || value instanceof CedarSet || value instanceof CedarRecord);
  return isExtension ? value : fail("expected a value of an extension type");
}
