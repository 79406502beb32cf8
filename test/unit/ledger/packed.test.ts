/** Records as the rows of a shard keep them: smaller, and the same to the byte when they are read. */
import { expect, test } from "vitest";
import { findBreak } from "../../../worker/ledger/entry.ts";
import { tellEntries } from "../../../worker/ledger/outcomes.ts";
import { pack, unpack } from "../../../worker/ledger/packed.ts";
import { admissionOf, entryOf, LEDGER, rowsOf, sha256 } from "./shard.ts";

const actors = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => `spiffe://acme.example/agents/${n}`);

test.each([
  ["an empty record", ""],
  ["a short one", '{"outcomes":[]}'],
  ["one of 511 characters", "x".repeat(511)],
  ["one of 512 characters", "x".repeat(512)],
  ["characters of one to four bytes", `{"text":"${"aé€\u{1f511}\\u0000".repeat(200)}"}`],
  ["what does not compress", Array.from({ length: 100 }, () => crypto.randomUUID()).join()],
  ["a byte order mark first", `\ufeff${"x".repeat(600)}`],
  ["the largest record", JSON.stringify(actors(3_000)).slice(0, 100_000)],
])("%s is the same when it is read again", (_, record) => {
  expect(unpack(pack(record))).toBe(record);
});

test("a row stores a long record in less than half its size, and a short one unchanged", async () => {
  const shard = LEDGER.getByName("packed");
  const record = JSON.stringify({ id: "long", actors: [actors(20), actors(20)] });
  await shard.admit(admissionOf(entryOf("t", "long", { record })));
  await shard.admit(admissionOf(entryOf("t", "short")));
  const rows = await rowsOf(shard, "SELECT typeof(record) AS type, length(record) AS size FROM entries ORDER BY at");
  expect(rows).toEqual([
    { type: "blob", size: expect.any(Number) },
    { type: "text", size: expect.any(Number) },
  ]);
  expect(rows[0]?.["size"]).toBeLessThan(record.length / 2);
  const entries = await shard.entries("t");
  expect(entries[0]?.record).toBe(record);
  expect(findBreak(entries, sha256)).toBeUndefined();
});

test.each([
  ["is cut", "substr(record, 1, length(record) / 2)"],
  ["is other bytes", "x'ffffffff'"],
  ["is nothing", "x''"],
])(
  "a packed record that %s on disk breaks the chain of hashes there, and the others can still be read",
  async (what, changed) => {
    const shard = LEDGER.getByName(`packed and changed: ${what}`);
    const record = JSON.stringify({ actors: actors(20) });
    for (const id of ["a", "b", "c"]) await shard.admit(admissionOf(entryOf("t", id, { record })));
    await rowsOf(shard, `UPDATE entries SET record = ${changed} WHERE seq = 2`);
    const entries = await shard.entries("t");
    expect(entries.map((entry) => entry.record)).toEqual([record, "", record]);
    expect(findBreak(entries, sha256)?.seq).toBe(2);
    expect(() => tellEntries(entries)).toThrow("entry 2 cannot be read: its row was changed on disk");
  },
);
