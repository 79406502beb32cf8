/** Records what people do at the console, including what they look at. */
import { type ActRecord, ledgerOfDay, newAct } from "../ledger/record.ts";
import type { Console } from "./edges.ts";
import type { Member } from "./member.ts";

/** @param task identity of the task that it concerns; without one it goes to the ledger of the day */
export function keepAct(
  edges: Console,
  { sub, iss, name }: Member,
  act: ActRecord["act"],
  about: ActRecord["about"],
  task?: string,
): void {
  const done = newAct(edges.now(), { act, by: { sub, iss, name }, about });
  edges.keepAct(task ?? ledgerOfDay(done.time), done);
}
