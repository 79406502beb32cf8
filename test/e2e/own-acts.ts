/** What the gateway has recorded in ledgers of its own: it begins one each day, and a test may run past midnight. */
import { tellEntries } from "../../worker/ledger/outcomes.ts";
import type { ActRecord } from "../../worker/ledger/record.ts";
import { ledgerNow, type World } from "./harness.ts";

const DAY = 86_400_000;
/** Of the process, which is before the first act. */
const began = Date.now();

/** Acts of every day since this process began. */
export async function ownActs(world: Pick<World, "url">): Promise<ActRecord[]> {
  const [first, last] = [Math.floor(began / DAY), Math.floor(Date.now() / DAY)];
  const days = Array.from({ length: last - first + 1 }, (_, index) => new Date((first + index) * DAY));
  const ledgers = await Promise.all(days.map((day) => ledgerNow(world, `gateway:${day.toISOString().slice(0, 10)}`)));
  return ledgers.flatMap((entries) => tellEntries(entries).map(({ record }) => record as ActRecord));
}
