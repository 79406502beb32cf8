/**
 * What policies remember (docs/policies.md, Memory): sums and labels of a task, and sums of a caller or a subject for a day. Which of
 * it a set names is known when the set is compiled, so a set that names none costs nothing. Pure.
 */
/** Whose memory: the task's, or that of the caller or the subject for this day (UTC). */
export const MEMORY_OWNERS = ["task", "caller", "subject"] as const;
export type MemoryOwner = (typeof MEMORY_OWNERS)[number];

/** What a set names of each memory; `labels` is the name of the task's labels. */
export type MemoryNames = Readonly<Record<MemoryOwner, readonly string[]>>;

/** Values by name, as `context.task` and `context.today` have them. */
export interface Remembered {
  readonly sums: Readonly<Record<string, number>>;
  readonly labels: readonly string[];
}

export const LABELS = "labels";

/** What `context.task` has beside what is remembered. */
const KNOWN_OF_TASK = ["id", "planned", "plannedBy"];

/** A name of a sum: one that Cedar takes as an attribute, and none that `context.task` has beside its sums. */
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

/** Paths below `context` that an expression looks at. */
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

/** A context with nothing remembered under the names of a set that it does not have: for a set that was not asked. */
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
