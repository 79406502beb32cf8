/** Writes what people and transmitters of security events did into the ledger, or says in the log that it could not. */
import { logEvent } from "../log.ts";
import type { NewEntry } from "./admission.ts";

export interface ActEdges {
  append(entry: NewEntry): Promise<unknown>;
  sleep(milliseconds: number): Promise<unknown>;
}

/**
 * Milliseconds before each try; together less than the 30 s for which the platform lets work continue after a response.
 */
const PAUSES_MS = [0, 50, 200, 800, 2000, 5000, 10_000];

/**
 * Appends an act, once for its id, with retries; an act that cannot be written is logged. @returns whether it was
 * written
 */
export async function appendAct(entry: NewEntry, { append, sleep }: ActEdges): Promise<boolean> {
  for (const pause of PAUSES_MS) {
    if (pause > 0) await sleep(pause);
    const written = await append(entry).then(
      () => true,
      () => false,
    );
    if (written) return true;
  }
  // The record contains no secret, and can be restored by hand from the log.
  logEvent("act_lost", { decision: entry.id, about: { entry } });
  return false;
}
