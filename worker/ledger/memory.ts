/** The memory that policies read (docs/policies.md, Memory): of a task, and of a caller or a subject for a day. Pure. */

import type { Remembered } from "../policy/memory.ts";
import type { MemoryChange } from "../policy/remember.ts";

type Sums = Remembered["sums"];

/** What is remembered, as it was at one time. */
export interface Memory extends Remembered {
  /** Another one after every change, and never one that was before; 0 where nothing was ever remembered. */
  readonly version: number;
}

export const NOTHING: Memory = { version: 0, sums: {}, labels: [] };

/** What a request changes, and what it was judged by. */
export interface MemoryUse extends MemoryChange {
  /** Whose memory: a task's identity, or a party and a day. */
  readonly owner: string;
  /** By whom the request counts, as the caller: `partyId`. Callers that wait for a memory go by turns. */
  readonly by: string;
  /** The version that the policies have looked at; absent where none did: then only the change counts. */
  readonly seen?: number | undefined;
}

/** Sums and labels that one memory may have: it is read and written whole. */
const MOST_SUMS = 32;
const MOST_LABELS = 32;

/**
 * The memory after a change. A change that takes back what was added before has negative numbers.
 *
 * @returns undefined where a sum would go beyond what every reader of JSON reads exactly, or there would be too many names
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

/** What is to be added where something was added before; what comes to nothing is left out. */
export function difference(add: Sums, before: Sums): Record<string, number> {
  const names = [...new Set([...Object.keys(add), ...Object.keys(before)])];
  const differences = names.map((name): [string, number] => [name, (add[name] ?? 0) - (before[name] ?? 0)]);
  return Object.fromEntries(differences.filter(([, number]) => number !== 0));
}

export function changesNothing({ add, labels }: MemoryChange): boolean {
  return labels.length === 0 && Object.keys(add).length === 0;
}
