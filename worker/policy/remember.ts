/**
 * `@add`, `@count` and `@label`: what a determining permit adds to the memory (docs/policies.md, Memory). Every
 * determining permit counts; identical annotations count once. Pure.
 */
import { isLabel, isSumName, LABELS, type MemoryOwner, memoryAt } from "./memory.ts";

/** What is added to a sum: a value of the context, or 1. */
export interface Adding {
  readonly owner: MemoryOwner;
  readonly name: string;
  /** Names below `context`; absent if requests are counted. */
  readonly source?: readonly string[];
}

export interface Remembering {
  readonly sums: readonly Adding[];
  readonly labels: readonly string[];
}

/** What a request changes in each memory. */
export type MemoryChanges = Readonly<Partial<Record<MemoryOwner, MemoryChange>>>;

export interface MemoryChange {
  readonly add: Readonly<Record<string, number>>;
  readonly labels: readonly string[];
}

/** An annotation that cannot be read, or a context without what it names. The message may be shown to the caller. */
export class Unremembered extends Error {
  override readonly name = "Unremembered";
  /** The path that is missing, or the annotation. */
  readonly member: string;
  constructor(member: string, message: string) {
    super(message);
    this.member = member;
  }
}

type Annotations = Readonly<Record<string, string>>;

/** @throws Unremembered if one of the three annotations cannot be read */
export function rememberingOf({ add, count, label }: Annotations): Remembering {
  return {
    sums: [...listOf(add, ",").map(addingOf), ...listOf(count, ",").map(countingOf)],
    labels: listOf(label, " ").map(labelOf),
  };
}

function listOf(text: string | undefined, between: string): string[] {
  return text === undefined ? [] : text.split(between).map((part) => part.trim());
}

/** `refunded: context.details.amount` */
function addingOf(text: string): Adding {
  const [target = "", source = "", ...more] = text.split(":").map((part) => part.trim());
  const path = source.split(".");
  if (more.length > 0 || path.length < 2 || path.shift() !== "context" || !path.every(isAttribute))
    throw new Unremembered("@add", "must be a name and a path, such as `refunded: context.details.amount`");
  return { ...targetOf(target, "@add"), source: path };
}

function countingOf(text: string): Adding {
  return targetOf(text, "@count");
}

/** `refunded` of the task, `today.caller.refunded` of a day. */
function targetOf(text: string, annotation: string): Pick<Adding, "owner" | "name"> {
  const path = text.split(".");
  const target = path.length === 1 ? { owner: "task" as const, name: text } : memoryAt(path);
  const isWhole = path.length === (target?.owner === "task" ? 1 : 3);
  if (target === undefined || !isWhole || !isSumName(target.name))
    throw new Unremembered(annotation, "must name a sum, such as `refunded` or `today.caller.refunded`");
  return target;
}

function labelOf(text: string): string {
  if (!isLabel(text)) throw new Unremembered("@label", "must be labels in lower case, such as `customer-data`");
  return text;
}

function isAttribute(name: string): boolean {
  return /^[a-zA-Z_]\w*$/.test(name);
}

/**
 * What the determining permits change, read from the context that they were evaluated with.
 *
 * @throws Unremembered if a number to be added is missing, not whole, or negative: a sum never decreases
 */
export function changesOf(
  permits: readonly { readonly annotations: Annotations }[],
  context: Readonly<Record<string, unknown>>,
): MemoryChanges {
  const all = permits.map(({ annotations }) => rememberingOf(annotations));
  const sums = new Map(all.flatMap((each) => each.sums).map((adding) => [JSON.stringify(adding), adding]));
  const changes: Partial<Record<MemoryOwner, { add: Record<string, number>; labels: readonly string[] }>> = {};
  for (const { owner, name, source } of sums.values()) {
    changes[owner] ??= { add: {}, labels: [] };
    const { add } = changes[owner];
    add[name] = (add[name] ?? 0) + (source === undefined ? 1 : numberAt(source, context));
  }
  const labels = [...new Set(all.flatMap((each) => each.labels))];
  if (labels.length > 0) changes.task = { add: changes.task?.add ?? {}, labels };
  return changes;
}

function numberAt(path: readonly string[], context: Readonly<Record<string, unknown>>): number {
  const value = path.reduce<unknown>((at, name) => (isRecord(at) ? at[name] : undefined), context);
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  const member = ["context", ...path].join(".");
  throw new Unremembered(member, "what the policy adds up is missing, or is not a whole number of at least 0");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** The names of the memory in a policy's annotations; `labels` if it sets any. */
export function annotatedNames(annotations: Annotations): readonly Pick<Adding, "owner" | "name">[] {
  const { sums, labels } = rememberingOf(annotations);
  return [...sums, ...(labels.length > 0 ? [{ owner: "task", name: LABELS } as const] : [])];
}
