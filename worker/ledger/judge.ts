/**
 * Decides whether an admission, or the spending of something single use, may be written. It runs within the commit that
 * writes it, and writes all of it or nothing.
 */
import type { Admission, Admitted, Single } from "./admission.ts";
import type { Chains } from "./chains.ts";
import { holdDelivery, isRedelivered } from "./deliveries.ts";
import type { Memories } from "./memories.ts";
import { takePlace } from "./places.ts";
import { isRevoked } from "./revoked.ts";
import { taskOfDecision } from "./search.ts";
import { fitsEntry, type Spent } from "./spent.ts";

/** The stores of a shard. */
export interface Stores {
  readonly chains: Chains;
  readonly spent: Spent;
  readonly memories: Memories;
}

/** Times in milliseconds since the epoch. */
export interface Judge {
  admit(admission: Admission, now: number): Admitted;
  /** @returns the first that was spent before; then none is spent */
  spend(singles: readonly Single[]): string | undefined;
}

/** @param sql with the tables of tables.ts */
export function createJudge({ chains, spent, memories }: Stores, sql: SqlStorage): Judge {
  function spentIn(singles: readonly Single[]): string | undefined {
    return singles.find(({ name }) => spent.has(name))?.name;
  }

  function spend(singles: readonly Single[]): string | undefined {
    const replayed = spentIn(singles);
    if (replayed === undefined) for (const single of singles) spent.add(single, false);
    return replayed;
  }

  function admit(admission: Admission, now: number): Admitted {
    const { entry, standings, singles, delivery, memory, placeUntil, again } = admission;
    const place = (): number | undefined =>
      placeUntil === undefined ? undefined : takePlace(standings, placeUntil, sql);
    const isRecorded = again === true && entry !== undefined && taskOfDecision(entry.id, sql) !== undefined;
    const which = standings.findIndex((each) => isRevoked(each, sql));
    // The status list compares a token's place only with revocations that come later.
    if (which >= 0 && !(isRecorded && placeUntil === undefined)) return { admitted: false, why: "revoked", which };
    if (isRecorded) return { admitted: true, place: place() };
    if (delivery !== undefined && isRedelivered(delivery, sql)) return { admitted: false, why: "redelivered" };
    const replayed = spentIn(singles);
    if (replayed !== undefined) return { admitted: false, why: "replayed", name: replayed };
    const remembered = memory && memories.change(memory, now);
    if (remembered?.admitted === false) return remembered;
    if (delivery !== undefined) holdDelivery(delivery, sql);
    const inEntry = entry !== undefined && singles.every((single) => fitsEntry(single, now));
    for (const single of singles) spent.add(single, inEntry);
    const kept = inEntry && singles.length > 0 ? JSON.stringify(singles) : undefined;
    if (entry !== undefined) chains.append({ ...entry, singles: kept }, now);
    return { admitted: true, place: place(), ...(remembered && { memory: remembered.memory }) };
  }

  return { admit, spend };
}
