/** Measures how long the ledger takes to admit a request, and counts its answers. */
import type { Ledgers } from "../ledger/ledgers.ts";
import type { Meter } from "./meter.ts";

/** The conventions have no name for this database system. */
const OPERATION = { "db.system.name": "cloudflare.durable_objects", "db.operation.name": "admit" };

/** @param now milliseconds since the epoch */
export function measuredLedger<Measured extends Pick<Ledgers, "admit">>(
  ledger: Measured,
  meter: Meter,
  now: () => number,
): Measured {
  const admit: Ledgers["admit"] = async (...asked) => {
    const began = now();
    try {
      const answer = await ledger.admit(...asked);
      meter.observe("db.client.operation.duration", OPERATION, now() - began);
      meter.count("hopgate.admissions", { "hopgate.answer": answer.admitted ? "admitted" : answer.why });
      return answer;
    } catch (cause) {
      meter.observe("db.client.operation.duration", { ...OPERATION, "error.type": "unavailable" }, now() - began);
      meter.count("hopgate.admissions", { "hopgate.answer": "unavailable" });
      throw cause;
    }
  };
  return { ...ledger, admit };
}
