/** Cedar's values at run time, their equality, and how they are read from Cedar's JSON form. */
import { type Extension, makeExtension } from "./extension.ts";
import { EvaluationError, type Long, toLong } from "./long.ts";

export type Value = boolean | Long | string | EntityRef | CedarSet | CedarRecord | Extension;

export class EntityRef {
  readonly type: string;
  readonly id: string;
  /** Unique for type and id: types hold no quote. */
  readonly key: string;
  constructor(type: string, id: string) {
    this.type = type;
    this.id = id;
    this.key = `${type}"${id}`;
  }
}

export class CedarSet {
  readonly elements: ReadonlyMap<string, Value>;
  constructor(values: Iterable<Value>) {
    this.elements = new Map(Array.from(values, (value) => [keyOf(value), value]));
  }
  has(value: Value): boolean {
    return this.elements.has(keyOf(value));
  }
}

export class CedarRecord {
  readonly attributes: ReadonlyMap<string, Value>;
  constructor(attributes: ReadonlyMap<string, Value>) {
    this.attributes = attributes;
  }
}

/** Equality over all types: values of different types are unequal, never an error. */
export function equals(a: Value, b: Value): boolean {
  if (typeof a !== "object" || typeof b !== "object") return a === b;
  if (a instanceof EntityRef && b instanceof EntityRef) return a.key === b.key;
  return keyOf(a) === keyOf(b);
}

/** A text that two values share exactly when they are equal. */
export function keyOf(value: Value): string {
  if (typeof value === "string") return `"${value.length}:${value}`;
  if (typeof value === "boolean") return value ? "t" : "f";
  if (typeof value === "number" || typeof value === "bigint") return `n${value}`;
  if (value instanceof EntityRef) return `e${value.key.length}:${value.key}`;
  if (value instanceof CedarSet) return `[${[...value.elements.keys()].sort().join(",")}]`;
  if (value instanceof CedarRecord) {
    const members = [...value.attributes].map(([name, member]) => `${keyOf(name)}=${keyOf(member)}`);
    return `{${members.sort().join(",")}}`;
  }
  return `x${value.kind}:${value.key}`;
}

/** Reads Cedar's JSON form, with its `__entity` and `__extn` escapes. */
export function fromJson(json: unknown): Value {
  if (typeof json === "string" || typeof json === "boolean") return json;
  if (typeof json === "bigint") return toLong(json);
  if (typeof json === "number") {
    if (!Number.isInteger(json)) throw new EvaluationError("a number is not an integer");
    return Number.isSafeInteger(json) ? json : toLong(BigInt(json));
  }
  if (Array.isArray(json)) return new CedarSet(json.map(fromJson));
  if (typeof json !== "object" || json === null) throw new EvaluationError("null is not a Cedar value");
  if ("__entity" in json) {
    const { type, id } = json.__entity as { type: string; id: string };
    return new EntityRef(type, id);
  }
  if ("__extn" in json) {
    const { fn, arg } = json.__extn as { fn: string; arg: string };
    return makeExtension(fn, arg);
  }
  return new CedarRecord(new Map(Object.entries(json).map(([name, member]) => [name, fromJson(member)])));
}
