/** Entries on their way to the long-term store: as many together as a queue takes. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toBase64url } from "../../wasm/core.ts";
import { verificationCore } from "../../worker/core.ts";
import { recordText } from "../../worker/ledger/bounded.ts";
import { type ArchiveMessage, batchesOf, entryEvent, sendable } from "../../worker/ledger/event.ts";
import type { ActRecord, AuditRecord } from "../../worker/ledger/record.ts";

const { sha256 } = verificationCore();

const message = (length: number, seq: number): ArchiveMessage => ({
  task: "t",
  entry: { seq, prev: "", hash: "", record: '"'.repeat(length) },
});

test("every message stands in one batch, in its order; no batch is too large for a queue", () => {
  const lengths = fc.array(fc.oneof(fc.nat(50), fc.nat(6000), fc.nat(59_000)), { maxLength: 250 });
  fc.assert(
    fc.property(lengths, (sizes) => {
      const messages = sizes.map(message);
      const batches = batchesOf(messages);
      expect(batches.flat()).toEqual(messages);
      for (const batch of batches) {
        expect(batch.length).toBeLessThanOrEqual(100);
        expect(JSON.stringify(batch).length).toBeLessThanOrEqual(256_000);
      }
    }),
    { numRuns: 30 },
  );
});

test("a message that no queue takes goes without its record, which its hash still names", () => {
  expect(sendable(message(59_000, 1))).toEqual(message(59_000, 1));
  const { entry } = sendable(message(70_000, 7));
  expect(entry).toEqual({ seq: 7, prev: "", hash: "", record: undefined, bytes: 70_000 });
  expect(entryEvent("t", entry)).toMatchObject({ type: "dev.hopgate.entry-without-record.v1" });
});

describe("a record", () => {
  const record = (purpose: string, count = 1): AuditRecord =>
    ({
      id: "d",
      time: "t",
      outcome: "denied",
      chain: {
        task: "identity",
        txn: "task",
        introducer: { iss: "i", sub: "i" },
        hash: "h",
        subject: { sub: "alice", iss: "i" },
        actors: [],
        purpose,
        proof: "dpop",
        hops: [],
      },
      decision: {
        policies: ["p"],
        question: {
          request: { context: Object.fromEntries(Array.from({ length: count }, (_, i) => [`c${i}`, purpose])) },
          entities: [],
        },
      },
    }) as unknown as AuditRecord;

  test("that fits is kept to the byte", () => {
    expect(recordText(record("p".repeat(20_000), 3), sha256)).toEqual({
      text: JSON.stringify(record("p".repeat(20_000), 3)),
      whole: undefined,
    });
  });

  test.each([
    ["long texts", record("p".repeat(45_000), 3)],
    ["many texts", record("p".repeat(1000), 500)],
    ["texts that take more bytes than characters", record("\u{1f511}".repeat(15_000), 3)],
    ["texts that are escaped", record("\u0001".repeat(45_000), 3)],
    ["long names", { ...record(""), rule: "r".repeat(200_000), message: "m".repeat(200_000) } as AuditRecord],
  ])("with %s is cut, says so, and names the hash of the whole", (_, large) => {
    const { text, whole } = recordText(large, sha256);
    expect(new TextEncoder().encode(JSON.stringify(text)).length).toBeLessThanOrEqual(100_000);
    const bytes = new TextEncoder().encode(JSON.stringify(large));
    expect(whole).toEqual({ bytes: bytes.length, sha256: toBase64url(sha256(bytes)) });
    expect(JSON.parse(text)).toMatchObject({
      id: "d",
      outcome: "denied",
      chain: { task: "identity", txn: "task" },
      whole,
    });
  });

  test("of an act is cut as well", () => {
    const act = { id: "a", time: "t", act: "revoked", by: { sub: "s", iss: "i" }, about: { x: "x".repeat(300_000) } };
    expect(JSON.parse(recordText(act as ActRecord, sha256).text)).toMatchObject({ id: "a", act: "revoked" });
  });
});
