/** Records what people do at the console, including what they look at. */
import type { ActRecord } from "../ledger/record.ts";
import { ledgerOfDay } from "../ledger/record.ts";
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
  const time = new Date(edges.now()).toISOString();
  edges.keepAct(task ?? ledgerOfDay(time), { id: crypto.randomUUID(), time, act, by: { sub, iss, name }, about });
}
