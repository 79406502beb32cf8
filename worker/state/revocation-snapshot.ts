/** Revocations as an isolate last knew them, for routes that may be a few seconds behind. */
import type { Authority } from "../chain/types.ts";

export interface Revocation {
  /** 1, 2, 3, ... */
  readonly seq: number;
  readonly key: string;
  /** Seconds since the epoch; null revokes for good. */
  readonly before: number | null;
}

export interface SnapshotEdges {
  since(seq: number): Promise<readonly Revocation[]>;
  /** Milliseconds since the epoch. */
  now(): number;
  waitUntil(work: Promise<unknown>): void;
}

/** Whether any key of an authority is among these. Pure. */
export function isRevokedBy({ keys, issued }: Authority, revoked: ReadonlyMap<string, number>): boolean {
  return keys.some((key) => issued <= (revoked.get(key) ?? Number.NEGATIVE_INFINITY));
}

/** By key, until when what was issued is revoked: Infinity for good. */
export function addRevocations(revoked: Map<string, number>, more: readonly Revocation[]): Map<string, number> {
  for (const { key, before } of more) {
    revoked.set(key, Math.max(revoked.get(key) ?? Number.NEGATIVE_INFINITY, before ?? Number.POSITIVE_INFINITY));
  }
  return revoked;
}

/**
 * A snapshot that asks for what is new behind the request once it is half as old as `bound` allows, and is not used
 * once it is older than `bound`: a decision is never further behind than that.
 *
 * @param bound seconds
 */
export function createSnapshot(bound: number): (authority: Authority, edges: SnapshotEdges) => Promise<boolean> {
  const revoked = new Map<string, number>();
  let last = 0;
  let taken = Number.NEGATIVE_INFINITY;
  let taking: Promise<void> | undefined;

  function take(edges: SnapshotEdges): Promise<void> {
    const asked = edges.now();
    taking ??= edges
      .since(last)
      .then((more) => {
        addRevocations(revoked, more);
        last = more.at(-1)?.seq ?? last;
        taken = asked;
      })
      .finally(() => {
        taking = undefined;
      });
    return taking;
  }

  return async (authority, edges) => {
    const age = edges.now() - taken;
    if (age >= bound * 1000) await take(edges);
    else if (age >= bound * 500) edges.waitUntil(take(edges).catch(() => undefined));
    return isRevokedBy(authority, revoked);
  };
}
