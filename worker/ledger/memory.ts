/** The memory that policies read (docs/policies.md, Memory): of a task, and of a caller or a subject for a day. Pure. */

import type { Remembered } from "../policy/memory.ts";
import type { MemoryChange } from "../policy/remember.ts";

type Sums = Remembered["sums"];

/** What is remembered, at one point in time. */
export interface Memory extends Remembered {
  /** Different after every change, and never reused; 0 if nothing was ever remembered. */
  readonly version: number;
}

export const NOTHING: Memory = { version: 0, sums: {}, labels: [] };

/** What a request changes, and the version that it was decided with. */
export interface MemoryUse extends MemoryChange {
  /** Whose memory: a task's identity, or a party and a day. */
  readonly owner: string;
  /** The caller that the request counts for: `partyId`. Callers that wait for a memory take turns. */
  readonly by: string;
  /** The version that the policies have read; absent if none did: then only the change matters. */
  readonly seen?: number | undefined;
}

/** Most sums and labels of one memory, because it is read and written whole. */
const MOST_SUMS = 32;
const MOST_LABELS = 32;

/**
 * The memory after a change. A change that undoes an earlier one has negative numbers.
 *
 * @returns undefined if a sum would exceed the whole numbers that JSON parsers agree on, or there would be too many
 * names
 */
export function changed({ sums, labels }: Remembered, { add, labels: more }: MemoryChange): Remembered | undefined {
  const next: Record<string, number> = { ...sums };
  for (const [name, number] of Object.entries(add)) {
    next[name] = Math.max(0, (next[name] ?? 0) + number);
    if (!Number.isSafeInteger(next[name])) return undefined;
  }
  const all = [...new Set([...labels, ...more])];
  if (Object.keys(next).length > MOST_SUMS || all.length > MOST_LABELS) return undefined;
  return { sums: next, labels: all };
}

/** The difference to what was already added; zeros are left out. */
export function difference(add: Sums, before: Sums): Record<string, number> {
  const names = [...new Set([...Object.keys(add), ...Object.keys(before)])];
  const differences = names.map((name): [string, number] => [name, (add[name] ?? 0) - (before[name] ?? 0)]);
  return Object.fromEntries(differences.filter(([, number]) => number !== 0));
}

export function changesNothing({ add, labels }: MemoryChange): boolean {
  return labels.length === 0 && Object.keys(add).length === 0;
}
