/**
 * What policies remember (docs/policies.md, Memory): sums and labels of a task, and sums of a caller or a subject for a
 * day. Compiling a set determines which of them it uses, so a set that uses none costs nothing. Pure.
 */
/** Owner of a memory: the task, or the caller or the subject for this day (UTC). */
export const MEMORY_OWNERS = ["task", "caller", "subject"] as const;
export type MemoryOwner = (typeof MEMORY_OWNERS)[number];

/** The names that a set uses of each memory; `labels` is the name of the task's labels. */
export type MemoryNames = Readonly<Record<MemoryOwner, readonly string[]>>;

/** Values by name, as `context.task` and `context.today` have them. */
export interface Remembered {
  readonly sums: Readonly<Record<string, number>>;
  readonly labels: readonly string[];
}

export const LABELS = "labels";

/** Attributes of `context.task` that are not remembered. */
const KNOWN_OF_TASK = ["id", "planned", "plannedBy"];

/** A name of a sum: a valid attribute in Cedar, and none of the other attributes of `context.task`. */
export function isSumName(name: string): boolean {
  return /^[a-zA-Z_]\w{0,63}$/.test(name) && !KNOWN_OF_TASK.includes(name) && name !== LABELS;
}

export function isLabel(label: string): boolean {
  return /^[a-z0-9][a-z0-9._:-]{0,63}$/.test(label);
}

/** The memory that a path of the context leads to: `task.refunded`, `today.caller.refunded`; undefined for any other. */
export function memoryAt(path: readonly string[]): { readonly owner: MemoryOwner; readonly name: string } | undefined {
  const [root, second, third] = path;
  if (root === "task" && second !== undefined && !KNOWN_OF_TASK.includes(second))
    return { owner: "task", name: second };
  if (root !== "today" || third === undefined) return undefined;
  return second === "caller" || second === "subject" ? { owner: second, name: third } : undefined;
}

/** Paths below `context` that an expression reads. */
export function contextPaths(expression: unknown): readonly (readonly string[])[] {
  if (!Array.isArray(expression)) return [];
  const path = pathOf(expression);
  return path === undefined ? expression.slice(1).flatMap(contextPaths) : [path];
}

function pathOf(expression: unknown): readonly string[] | undefined {
  if (!Array.isArray(expression)) return undefined;
  const [operator, left, ...names] = expression as [string, unknown, ...string[]];
  if (operator === "context") return [];
  const before = operator === "." || operator === "has" ? pathOf(left) : undefined;
  return before && [...before, ...names];
}

/** A context with empty values for the names that only another set uses, so that the other set can be evaluated. */
export function rememberNothing(
  context: Readonly<Record<string, unknown>>,
  names: MemoryNames | undefined,
): Readonly<Record<string, unknown>> {
  if (names === undefined) return context;
  const today = context["today"] as Partial<Record<MemoryOwner, object>> | undefined;
  return {
    ...context,
    task: { ...nothing(names.task), ...(context["task"] as object) },
    today: {
      caller: { ...nothing(names.caller), ...today?.caller },
      subject: { ...nothing(names.subject), ...today?.subject },
    },
  };
}

function nothing(names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, name === LABELS ? [] : 0]));
}
