/** Entries on their way to the long-term store: as many together as a queue takes. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ArchiveMessage, batchesOf } from "../../worker/state/event.ts";

const message = (length: number, seq: number): ArchiveMessage => ({
  txn: "t",
  entry: { seq, prev: "", hash: "", record: "r".repeat(length) },
});

test("every message stands in one batch, in its order; no batch of several is too large", () => {
  const lengths = fc.array(fc.oneof(fc.nat(6000), fc.nat(120_000)), { maxLength: 60 });
  fc.assert(
    fc.property(lengths, (sizes) => {
      const messages = sizes.map(message);
      const batches = batchesOf(messages);
      expect(batches.flat()).toEqual(messages);
      for (const batch of batches) {
        const total = batch.reduce((sum, { entry }) => sum + entry.record.length, 0);
        expect(batch.length === 1 || total <= 80_000).toBe(true);
      }
    }),
  );
});
