/** One entry of a task's ledger: numbered, hash-chained, kept for the index and the long-term store. */
import { startBenchWorker } from "./bench-worker.ts";
import { type BenchCase, interleave, report } from "./compare.ts";

export const LEDGER_CASES = ["ledger-append"] as const;

export async function ledgerAppend(rounds: number): Promise<BenchCase[]> {
  const worker = await startBenchWorker(
    "bench/peers/ledger.ts",
    {},
    {
      durableObjects: {
        LEDGER: { className: "Ledger", useSQLite: true },
        REVOCATIONS: { className: "Revocations", useSQLite: true },
        BARE: { className: "Bare", useSQLite: true },
      },
      r2Buckets: ["ARCHIVE"],
    },
  );
  try {
    await worker.check("/check");
    const measured = await interleave(
      { ledger: () => worker.perUnit("/ledger?"), "bare insert": () => worker.perUnit("/bare?") },
      rounds,
    );
    const note = "one after another, each awaited, 4.5 KB a record; the peer inserts into SQLite and does nothing else";
    return [report("ledger-append", "us", "less", measured, "ledger", note)];
  } finally {
    await worker.stop();
  }
}
