/**
 * The memory of callers and subjects for a day is in other shards than the task's, so what a request adds to it is
 * reserved before it is admitted: two requests at once cannot exceed a limit together. The reservation stays while the
 * request is decided again, and is released if the request ends without being admitted.
 */
import { HopError } from "../errors.ts";
import { logFailure } from "../log.ts";
import type { Decision } from "../types.ts";
import type { Gateway } from "./gateway.ts";
import { type RequestMemory, reach } from "./memory.ts";

type Reserving = Pick<Gateway, "ledger" | "afterwards">;

const DAYS = ["caller", "subject"] as const;

/**
 * Reserves what the decision adds to them, beyond what the request has already reserved.
 *
 * @returns false if one has changed: then the request must be decided again
 * @throws HopError `memory_full`, `memory_contended`, `ledger_unavailable`
 */
export async function reserveDays(
  decision: Decision,
  memory: RequestMemory,
  { ledger }: Pick<Reserving, "ledger">,
): Promise<boolean> {
  const { chain, remembers = {} } = decision;
  for (const owner of DAYS) {
    const use = memory.useOf(owner, remembers);
    if (use === undefined) continue;
    const done = await reach(chain, ledger.remember(memory.placeOf(owner), use, chain.presentation.id));
    if (done.admitted) {
      memory.changedByUse(owner, use, done.memory);
      continue;
    }
    if (done.why === "memory_moved") {
      memory.judgeAgainBy(owner, done.memory);
      return false;
    }
    const rule = done.why === "memory_busy" ? "memory_contended" : done.why;
    throw new HopError(rule, { evidence: { chain, decision } });
  }
  return true;
}

/**
 * Takes back what was added, after the answer. What cannot be taken back stays counted. Labels stay, because the data
 * was read.
 */
export function giveBack(memory: RequestMemory, id: string, { ledger, afterwards }: Reserving): void {
  for (const { place, use } of memory.toGiveBack()) {
    const given = ledger.remember(place, use, id).then((done) => {
      if (!done.admitted) throw new Error(done.why);
    });
    afterwards(given.catch((cause: unknown) => logFailure("memory_kept", { decision: id }, cause)));
  }
}

/** Ends the turns that the request still has, so that others can continue. */
export function leaveTurns(memory: RequestMemory, id: string, { ledger, afterwards }: Reserving): void {
  for (const place of memory.held()) {
    const left = ledger.leaveMemory(place, id);
    afterwards(left.catch((cause: unknown) => logFailure("memory_held", { decision: id }, cause)));
  }
}
