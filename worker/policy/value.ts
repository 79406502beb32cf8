/** Cedar's values at run time, their equality, and reading them from Cedar's JSON form. */
import { type Extension, makeExtension } from "./extension.ts";
import { type Long, toLong } from "./long.ts";

export type Value = boolean | Long | string | EntityRef | CedarSet | CedarRecord | Extension;

export class EntityRef {
  readonly type: string;
  readonly id: string;
  readonly key: string;
  constructor(type: string, id: string) {
    this.type = type;
    this.id = id;
    this.key = keyOfEntity(type, id);
  }
}

/** Unique for type and id, because types contain no quote. */
export function keyOfEntity(type: string, id: string): string {
  return `${type}"${id}`;
}

export class CedarSet {
  /** By `keyOf`, so that equal elements occur once. */
  readonly elements: ReadonlyMap<string, Value>;
  constructor(values: readonly Value[]) {
    const elements = new Map<string, Value>();
    for (const value of values) elements.set(keyOf(value), value);
    this.elements = elements;
  }
  has(value: Value): boolean {
    return this.elements.has(keyOf(value));
  }
}

/** In JSON: the record has unknown other attributes (policy/could.ts). A symbol, which no JSON text can contain. */
export const UNKNOWN_REST: unique symbol = Symbol("unknown rest");

/** An expression depends on something unknown. */
export class UnknownValue extends Error {
  override readonly name = "UnknownValue";
}

/** A record; if it came as JSON, only the attributes that a policy reads are parsed. */
export class CedarRecord {
  readonly #attributes: Map<string, Value>;
  readonly #json: Readonly<Record<string, unknown>>;

  constructor(attributes: Map<string, Value>, json: Readonly<Record<string, unknown>> = {}) {
    this.#attributes = attributes;
    this.#json = json;
  }

  get(name: string): Value | undefined {
    const known = this.#attributes.get(name);
    if (known !== undefined) return known;
    if (!Object.hasOwn(this.#json, name)) {
      if (UNKNOWN_REST in this.#json) throw new UnknownValue();
      return undefined;
    }
    const value = fromJson(this.#json[name]);
    this.#attributes.set(name, value);
    return value;
  }

  /** All attributes. */
  entries(): [string, Value][] {
    if (UNKNOWN_REST in this.#json) throw new UnknownValue();
    for (const name of Object.keys(this.#json)) this.get(name);
    return [...this.#attributes];
  }
}

/**
 * Context or entities contain something that is not a Cedar value. The request is refused, because no policy may be
 * skipped for it.
 */
export class InvalidValue extends Error {
  override readonly name = "InvalidValue";
}

/** Equality over all types: values of different types are unequal, never an error. */
export function equals(a: Value, b: Value): boolean {
  if (typeof a !== "object" || typeof b !== "object") return a === b;
  if (a instanceof EntityRef && b instanceof EntityRef) return a.key === b.key;
  return keyOf(a) === keyOf(b);
}

/** A string that is the same exactly for equal values. */
export function keyOf(value: Value): string {
  if (typeof value === "string") return `"${value.length}:${value}`;
  if (typeof value === "boolean") return value ? "t" : "f";
  if (typeof value === "number" || typeof value === "bigint") return `n${value}`;
  if (value instanceof EntityRef) return `e${value.key.length}:${value.key}`;
  if (value instanceof CedarSet) return `[${[...value.elements.keys()].sort().join(",")}]`;
  if (value instanceof CedarRecord) {
    const members = value.entries().map(([name, member]) => `${keyOf(name)}=${keyOf(member)}`);
    return `{${members.sort().join(",")}}`;
  }
  return `x${value.kind}:${value.key}`;
}

/**
 * Reads Cedar's JSON form, with its `__entity` and `__extn` escapes.
 *
 * @throws InvalidValue
 */
function fromJson(json: unknown): Value {
  if (typeof json === "string" || typeof json === "boolean") return json;
  if (typeof json === "bigint") return toLong(json);
  if (typeof json === "number") {
    if (!Number.isInteger(json)) throw new InvalidValue("a number is not an integer");
    // -0 would be another key than 0.
    return Number.isSafeInteger(json) ? json + 0 : toLong(BigInt(json));
  }
  if (Array.isArray(json)) return new CedarSet(json.map(fromJson));
  if (typeof json !== "object" || json === null) throw new InvalidValue("null is not a Cedar value");
  if ("__entity" in json) {
    const { type, id } = json.__entity as { type: string; id: string };
    return new EntityRef(type, id);
  }
  if ("__extn" in json) {
    const { fn, arg } = json.__extn as { fn: string; arg: string };
    return extensionFromJson(fn, arg);
  }
  return recordFromJson(json);
}

function extensionFromJson(fn: string, arg: string): Extension {
  try {
    return makeExtension(fn, arg);
  } catch (cause) {
    throw new InvalidValue(`a value of \`${fn}\` is malformed`, { cause });
  }
}

/** A record of Cedar's JSON form. */
export function recordFromJson(json: object): CedarRecord {
  return new CedarRecord(new Map(), json as Record<string, unknown>);
}
