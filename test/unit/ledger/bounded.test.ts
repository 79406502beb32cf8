/** Records as text of a bounded size. */
import { describe, expect, test } from "vitest";
import { toBase64url } from "../../../wasm/core.ts";
import { verificationCore } from "../../../worker/core.ts";
import { recordText } from "../../../worker/ledger/bounded.ts";
import type { ActRecord, AuditRecord } from "../../../worker/ledger/record.ts";

const { sha256 } = verificationCore();

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

  test("that fits is kept unchanged", () => {
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
  ])("with %s is cut, says so, and has the hash of the whole", (_, large) => {
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
