/** What people and transmitters of security events did, on its way into the ledger. Never silent. */
import { logEvent } from "../log.ts";
import type { NewEntry } from "./admission.ts";

export interface ActEdges {
  append(entry: NewEntry): Promise<unknown>;
  sleep(milliseconds: number): Promise<unknown>;
}

/** Before each try. Together less than the 30 s for which the platform lets work go on after a response. */
const PAUSES_MS = [0, 50, 200, 800, 2000, 5000, 10_000];

/** Appends an act, once for its id, with retries; an act that cannot be written is in the log. @returns whether it was written */
export async function appendAct(entry: NewEntry, { append, sleep }: ActEdges): Promise<boolean> {
  for (const pause of PAUSES_MS) {
    if (pause > 0) await sleep(pause);
    const written = await append(entry).then(
      () => true,
      () => false,
    );
    if (written) return true;
  }
  // The record holds no secret, and from here it can be put back by hand.
  logEvent("act_lost", { decision: entry.id, about: { entry } });
  return false;
}
