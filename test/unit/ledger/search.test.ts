/** What a search of a shard finds: newest first, by everything that the console asks for. */
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { decisionRows } from "../../../worker/console/decisions-page.ts";
import { signsPage } from "../../../worker/console/signs-page.ts";
import type { NewEntry } from "../../../worker/ledger/admission.ts";
import { search, tasksOf } from "../../../worker/ledger/search.ts";
import type { Search } from "../../../worker/ledger/summary.ts";
import { admissionOf, entryOf, LEDGER, rowsOf } from "./shard.ts";

const shard = LEDGER.getByName("search");
const ALICE = "https://idp.example alice";
const AGENT = "spiffe://acme.example/agents/support";

const ENTRIES: NewEntry[] = [
  entryOf("task-one", "a", { txn: "ticket-1", names: [ALICE, AGENT] }),
  entryOf("task-two", "b", { txn: "ticket-2", names: ["https://idp.example bob", AGENT], kind: "denied" }),
  entryOf("task-one", "c", { txn: "ticket-1", names: [ALICE, AGENT], emergency: true }),
  entryOf("task-one", "g", { txn: "ticket-1", names: [ALICE, AGENT, "spiffe://partner.example/reader"] }),
  entryOf("task-three", "d", { txn: "ticket-1", names: [ALICE] }),
  entryOf("gateway:2026-11-26", "e", { kind: "revoked", names: ["https://idp.example operator"] }),
];

beforeAll(async () => {
  for (const entry of ENTRIES) await shard.admit(admissionOf(entry));
  await runInDurableObject(shard, async (instance) => {
    instance.settle([{ task: "task-one", id: "a", kind: "failed", rule: "upstream_timeout", status: 504 }]);
    await instance.admit(admissionOf(entryOf("task-four", "f", { names: ["told % _"] })));
  });
});

const ids = async (wanted: Partial<Search>): Promise<string> =>
  (await shard.search({ limit: 100, ...wanted })).map(({ id }) => id).join("");

describe("a search", () => {
  test.each<[string, Partial<Search>, string]>([
    ["everything, and no outcome as a line of its own", {}, "fedgcba"],
    ["a decision", { text: "b" }, "b"],
    ["a task", { text: "task-one" }, "gca"],
    ["a `txn` that several tasks have", { text: "ticket-1" }, "dgca"],
    ["part of a subject's name", { text: "alice" }, "dgca"],
    ["an actor", { text: AGENT }, "gcba"],
    ["an actor of some of a task's requests, and not the others", { text: "partner.example" }, "g"],
    ["who did something", { text: "operator" }, "e"],
    ["a text that SQL would read as a pattern", { text: "% _" }, "f"],
    ["nothing if nothing has the text", { text: "mallory" }, ""],
    ["allowed", { outcome: "allowed" }, "fdgc"],
    ["denied", { outcome: "denied" }, "b"],
    ["failed, by what came of it", { outcome: "failed" }, "a"],
    ["an act", { outcome: "revoked" }, "e"],
    ["break-glass", { emergency: true }, "c"],
    ["break-glass of a party", { text: "alice", emergency: true }, "c"],
    ["failures of a party", { text: "alice", outcome: "failed" }, "a"],
    ["allowed to a task", { text: "task-one", outcome: "allowed" }, "gc"],
    ["as many as are asked for", { limit: 2 }, "fe"],
    ["as many of a party", { text: "alice", limit: 2 }, "dg"],
  ])("finds %s", async (_, wanted, found) => {
    expect(await ids(wanted)).toBe(found);
  });

  test("tells task, `txn`, outcome and rule of each", async () => {
    expect(await shard.search({ text: "a", limit: 1 })).toMatchObject([
      { id: "a", task: "task-one", txn: "ticket-1", outcome: "failed", rule: "upstream_timeout" },
    ]);
  });

  test.each<[string, Partial<Search>, string]>([
    ["of everything", {}, "fedgcba"],
    ["of a party", { text: "alice" }, "dgca"],
    ["of an outcome", { outcome: "allowed" }, "fdgc"],
  ])("%s, a page of one line after the other, leaves nothing out and tells nothing twice", async (_, wanted, all) => {
    let found = "";
    for (let before: number | undefined; ; ) {
      const [line] = await shard.search({ ...wanted, before, limit: 1 });
      if (line === undefined) break;
      found += line.id;
      before = line.written;
    }
    expect(found).toBe(all);
  });
});

test("entries that are written between two pages do not shift the older ones", async () => {
  const busy = LEDGER.getByName("search busy");
  const add = (id: string) => busy.admit(admissionOf(entryOf(`task-${id}`, id, { names: [ALICE] })));
  for (const id of ["a", "b", "c", "d"]) await add(id);
  const first = await busy.search({ text: "alice", limit: 2 });
  await add("e");
  const second = await busy.search({ text: "alice", limit: 2, before: first.at(-1)?.written });
  expect([...first, ...second].map(({ id }) => id).join("")).toBe("dcba");
});

test("a party of more tasks than are searched one by one is still found", async () => {
  const many = LEDGER.getByName("search many");
  await runInDurableObject(many, (instance) =>
    Promise.all(
      Array.from({ length: 600 }, (_, i) =>
        instance.admit(
          admissionOf(entryOf(`t-${i}`, `id-${i}`, { names: [i % 100 === 0 ? "rare" : "common", ALICE] })),
        ),
      ),
    ),
  );
  expect(await rowsOf(many, "SELECT count(*) AS n FROM tasks")).toEqual([{ n: 600 }]);
  const found = await many.search({ text: "alice", limit: 3 });
  expect(found.map(({ id }) => id)).toEqual(["id-599", "id-598", "id-597"]);
  const older = await many.search({ text: "alice", limit: 1000, before: found.at(-1)?.written });
  expect(older).toHaveLength(597);
  expect((await many.search({ text: "rare", limit: 10 })).map(({ id }) => id)).toEqual(
    [500, 400, 300, 200, 100, 0].map((i) => `id-${i}`),
  );
});

test("decisions, tasks of a `txn` and tasks are found by their names", async () => {
  expect(await shard.find("b")).toBe("task-two");
  expect(await shard.find("nothing")).toBeUndefined();
  expect((await shard.tasks("ticket-1")).toSorted()).toEqual(["task-one", "task-three"]);
  expect([await shard.has("task-one"), await shard.has("ticket-1")]).toEqual([true, false]);
});

test.each([
  ["other bytes", "x'ffffffff'"],
  ["nothing", "x''"],
  ["a text that is not JSON", "'{'"],
  ["JSON that is not a record", "'null'"],
])("an entry that was changed on disk to %s is listed by its name, and the others beside it", async (what, changed) => {
  const shard = LEDGER.getByName(`search changed on disk: ${what}`);
  for (const id of ["a", "b", "c"])
    await shard.admit(admissionOf(entryOf("task-one", id, { txn: "ticket-1", kind: "denied", names: [ALICE] })));
  await rowsOf(shard, `UPDATE entries SET record = ${changed} WHERE seq = 2`);
  const unreadable = "entry 2 of task `task-one` cannot be read: its row was changed on disk";
  for (const search of [{}, { text: "alice" }, { text: "b" }, { outcome: "denied" }]) {
    const found = await shard.search({ limit: 10, ...search });
    const line = found.find((each) => each.unreadable !== undefined);
    expect(line).toMatchObject({ unreadable, id: "", task: "task-one", txn: "ticket-1", outcome: "denied" });
    expect(found.map(({ id }) => id)).toEqual(search.text === "b" ? [""] : ["c", "", "a"]);
    expect(String(await decisionRows(found))).toContain(`>${unreadable}</div></td>`);
    expect(String(await signsPage(found, true))).toContain(`>${unreadable}</div></td>`);
  }
});

test("a search by task or `txn` reads no other tasks", async () => {
  const many = LEDGER.getByName("many tasks");
  const entries = Array.from({ length: 300 }, (_, i) => entryOf(`task-${i}`, `id-${i}`, { txn: `ticket-${i}` }));
  await many.admitAll(entries.map((entry) => admissionOf(entry)));
  for (const text of ["task-150", "ticket-150"]) {
    const read = await runInDurableObject(many, (_, { storage }) => {
      const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
      const exec = (query: string, ...values: unknown[]) => {
        const cursor = storage.sql.exec(query, ...values);
        cursors.push(cursor);
        return cursor;
      };
      const found = search({ text, limit: 10 }, { exec } as unknown as SqlStorage);
      const named = tasksOf("ticket-150", { exec } as unknown as SqlStorage);
      expect([found.map(({ id }) => id), named]).toEqual([["id-150"], ["task-150"]]);
      return cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0);
    });
    expect(read).toBeLessThan(100);
  }
});
