/** Revocations as an isolate last knew them, for routes that may be a few seconds behind. */
import type { Authority } from "../chain/types.ts";

export interface Revocation {
  /** 1, 2, 3, ... */
  readonly seq: number;
  readonly key: string;
  /** Seconds since the epoch; null revokes for good. */
  readonly before: number | null;
  /** Seconds since the epoch: what it could end has expired by then; null where that is not known. */
  readonly until: number | null;
}

export interface SnapshotEdges {
  /** What came after a number, a page of it. */
  since(seq: number): Promise<{ readonly revocations: readonly Revocation[]; readonly more: boolean }>;
  /** Milliseconds since the epoch. */
  now(): number;
  waitUntil(work: Promise<unknown>): void;
}

/** By key: until when what was issued is revoked (Infinity: for good), and when nothing of it can live any more. */
type Revoked = Map<string, { readonly before: number; readonly until: number }>;

function isRevokedBy({ keys, issued }: Authority, revoked: Revoked): boolean {
  return keys.some((key) => issued <= (revoked.get(key)?.before ?? Number.NEGATIVE_INFINITY));
}

function addRevocations(revoked: Revoked, more: readonly Revocation[]): void {
  for (const { key, before, until } of more) {
    const known = revoked.get(key);
    revoked.set(key, {
      before: Math.max(known?.before ?? Number.NEGATIVE_INFINITY, before ?? Number.POSITIVE_INFINITY),
      until: Math.max(known?.until ?? Number.NEGATIVE_INFINITY, until ?? Number.POSITIVE_INFINITY),
    });
  }
}

function forgetExpired(revoked: Revoked, seconds: number): void {
  for (const [key, { until }] of revoked) if (until < seconds) revoked.delete(key);
}

/** Seconds: clocks may differ. */
const SPARE = 300;
const FORGET_MS = 60_000;

/**
 * A snapshot that asks for what is new behind the request once it is half as old as `bound` allows, and is not used
 * once it is older than `bound`: a decision is never further behind than that.
 *
 * @param bound seconds
 */
export function createSnapshot(bound: number): (authority: Authority, edges: SnapshotEdges) => Promise<boolean> {
  const revoked: Revoked = new Map();
  let last = 0;
  let forgot = Number.NEGATIVE_INFINITY;
  let taken = Number.NEGATIVE_INFINITY;
  let taking: Promise<void> | undefined;

  async function takeAll({ since, now }: SnapshotEdges): Promise<void> {
    const asked = now();
    for (let more = true; more; ) {
      const page = await since(last);
      addRevocations(revoked, page.revocations);
      last = page.revocations.at(-1)?.seq ?? last;
      ({ more } = page);
    }
    taken = asked;
    if (asked - forgot < FORGET_MS) return;
    forgetExpired(revoked, asked / 1000 - SPARE);
    forgot = asked;
  }

  function take(edges: SnapshotEdges): Promise<void> {
    taking ??= takeAll(edges).finally(() => {
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
