/** What people do at the console is recorded, looking included. */
import type { ActRecord } from "../state/record.ts";
import { ledgerOfDay } from "../state/record.ts";
import type { Console } from "./edges.ts";
import type { Member } from "./member.ts";

/** @param txn the task that it is about; without one it goes to the ledger of the day */
export function keepAct(
  edges: Console,
  { sub, iss, name }: Member,
  act: ActRecord["act"],
  about: ActRecord["about"],
  txn?: string,
): void {
  const time = new Date(edges.now()).toISOString();
  edges.keepAct(txn ?? ledgerOfDay(time), { id: crypto.randomUUID(), time, act, by: { sub, iss, name }, about });
}
