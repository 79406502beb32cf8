/** `hopgate audit`: a ledger that is exported and verified later, whole, changed, and without its last entries. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exportLedger, verifyLedger } from "../../cli/audit.ts";
import { judgeExport } from "../../cli/export.ts";
import { fetchLedger } from "../../cli/ledger.ts";
import { GENESIS, hashEntry, type LedgerEntry } from "../../worker/ledger/entry.ts";
import { entryLine, recordIn, sourceOf } from "../../worker/ledger/event.ts";
import { readRecord } from "../../worker/ledger/outcomes.ts";
import { CAST } from "../vectors/craft.ts";
import { hopgate, type Ran } from "./command-line.ts";
import { ADMIN_TOKEN, call, chainNow, ledgerOf, recordsOf, taskOf, type World } from "./harness.ts";
import { sharedWorld } from "./shared-world.ts";

let world: World;
let folder: string;
const txn = `task-${crypto.randomUUID()}`;
const task = taskOf(txn);
const remote = () => ({ gateway: world.url, adminToken: ADMIN_TOKEN });
const sha256 = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();

beforeAll(async () => {
  world = await sharedWorld();
  folder = await mkdtemp(join(tmpdir(), "hopgate-audit-"));
  const chain = await chainNow({ 0: { claims: { txn } } });
  // Three decisions, each with its outcome behind it.
  for (let i = 1; i <= 3; i++) {
    await call(world, { chain });
    expect(await ledgerOf(world, txn, i)).toHaveLength(2 * i);
  }
});
afterAll(() => rm(folder, { recursive: true }));

const audit = (...args: string[]): Promise<Ran> => hopgate(["audit", ...args, "--gateway", world.url]);

test("an export has one CloudEvent a line and the checkpoint, and the ledger verifies against it", async () => {
  const file = join(folder, "task.jsonl");
  expect((await audit("export", txn, "--out", file)).code).toBe(0);
  const events = (await readFile(file, "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events).toHaveLength(7);
  expect(events[0]).toMatchObject({
    specversion: "1.0",
    type: "dev.hopgate.decision.v1",
    data: { outcome: "allowed", chain: { txn, task, introducer: { iss: CAST.issuer, sub: CAST.issuer } } },
  });
  expect(events[1]).toMatchObject({
    type: "dev.hopgate.outcomes.v1",
    data: { outcomes: [{ id: events[0].id, outcome: "allowed", status: 200 }] },
  });
  expect(events[6]).toMatchObject({ type: "dev.hopgate.checkpoint.v1" });
  const whole = { code: 0, out: "   the ledger is whole\n" };
  expect(await audit("verify", task, "--against", file)).toEqual(whole);
  expect(await audit("verify", txn, "--against", file)).toEqual(whole);
  expect(new Set(events.map(({ source }) => source))).toEqual(new Set([sourceOf(task)]));
  expect(await audit("export", txn, "--out", file)).toMatchObject({ code: 1 });
});

/** A line of an export. */
interface ExportedEvent {
  id: string;
  time: string;
  data: string;
  hopgateentry: string;
}

/** Writes the export as somebody would who has changed it, and verifies the ledger against it. */
async function verifyChanged(change: (lines: string[]) => readonly string[]): Promise<Ran> {
  const good = exportLedger(await fetchLedger(remote(), task));
  const file = join(folder, `${crypto.randomUUID()}.jsonl`);
  await writeFile(file, change(good.trimEnd().split("\n")).join("\n"));
  return audit("verify", txn, "--against", file);
}

/** Changes one line of an export. */
const editLine = (index: number, change: (line: string) => string) => (lines: string[]) =>
  [...lines, ""].map((line, at) => (at === index ? change(line) : line));
/** Changes what stands beside the record, and nothing of the record. */
const edit = (index: number, change: (event: ExportedEvent) => void) =>
  editLine(index, (line) => {
    const event = JSON.parse(line) as ExportedEvent;
    change(event);
    return JSON.stringify(event);
  });
/** Changes an entry: its record, which is the text of `data`, and what chains it to the entry before. */
const editEntry = (index: number, change: (entry: LedgerEntry) => LedgerEntry) =>
  editLine(index, (line) => {
    const { data: _, hopgateentry, ...head } = JSON.parse(line) as ExportedEvent;
    const link = JSON.parse(hopgateentry) as Omit<LedgerEntry, "record">;
    const { record, ...changed } = change({ ...link, record: recordIn(line) });
    const event = JSON.stringify({ ...head, hopgateentry: JSON.stringify(changed) });
    return `${event.slice(0, -1)},"data":${record}}`;
  });
const without = (index: number) => (lines: string[]) => [...lines.toSpliced(index, 1), ""];

test.each<[string, (lines: string[]) => readonly string[], string]>([
  [
    "type was changed",
    editLine(2, (line) => line.replace("dev.hopgate.decision.v1", "dev.hopgate.act.v1")),
    "line 3: `type` is not what the record of entry 3 says",
  ],
  [
    "time was changed",
    edit(2, (event) => {
      event.time = "2026-01-01T00:00:00.000Z";
    }),
    "line 3: `time` is not what the record of entry 3 says",
  ],
  [
    "id was changed",
    edit(2, (event) => {
      event.id = crypto.randomUUID();
    }),
    "line 3: `id` is not what the record of entry 3 says",
  ],
  [
    "record was changed",
    editEntry(2, (entry) => ({ ...entry, record: entry.record.replace("allowed", "denied") })),
    "entry 3 does not have its hash",
  ],
  ["record was written with a space more", editLine(2, (line) => line.replace('"data":{', '"data":{ ')), "its hash"],
  ["number was changed", editEntry(2, (entry) => ({ ...entry, seq: 4 })), "entry 4 does not have its hash"],
  [
    "data is not the last member",
    editLine(2, (line) => line.replace(/}$/, ',"more":1}')),
    "line 3: has no entry of a ledger",
  ],
  [
    "outcome was changed",
    editEntry(1, (entry) => ({ ...entry, record: entry.record.replace('"status":200', '"status":500') })),
    "entry 2 does not have its hash",
  ],
  [
    "record and hash were changed",
    editEntry(2, (entry) => {
      const changed = { ...entry, record: entry.record.replace("alice", "bob") };
      return { ...changed, hash: hashEntry(changed, sha256) };
    }),
    "entry 4 does not follow from the one before",
  ],
  [
    "record names a member twice",
    (lines) => [...lines.map((line, i) => (i === 1 ? line.replace('"data":', '"data":1,"data":') : line)), ""],
    "line 2 is not a CloudEvent that every parser reads the same way",
  ],
  ["first entry is gone", without(0), "entry 1 is not in the file"],
  ["second entry is gone", without(1), "entry 2 is not in the file"],
  ["last entry is gone", without(5), "the checkpoint is of another state"],
  [
    "entries were swapped",
    ([first, second, ...rest]) => [second, first, ...rest, ""] as string[],
    "entry 1 is out of order",
  ],
  [
    "end was cut off",
    (lines) => [...lines.slice(0, 5), (lines[5] as string).slice(0, 100)],
    "the last line is not complete",
  ],
  ["checkpoint is gone", without(6), "the file has no checkpoint"],
  [
    "checkpoint is another's",
    edit(6, (event) => {
      event.data = event.data.replace(/.$/, (last) => (last === "A" ? "Q" : "A"));
    }),
    "the checkpoint is not signed by the gateway",
  ],
  [
    "checkpoint stands before the end",
    (lines) => [lines[6], ...lines.slice(0, 6), ""] as string[],
    "after the checkpoint",
  ],
])("an export whose %s is not called whole", async (_, change, problem) => {
  const { code, out } = await verifyChanged(change);
  expect([code, out]).toEqual([1, expect.stringContaining(problem)]);
  expect(out).toContain("the ledger is BROKEN");
});

test("an export that is whole, of an earlier state, verifies", async () => {
  expect(await verifyChanged((lines) => [...lines, ""])).toEqual({ code: 0, out: "   the ledger is whole\n" });
});

test("an entry that is in the archive and not in the ledger is reported as missing", async () => {
  const { entries } = await fetchLedger(remote(), task);
  const last = entries.at(-1) as LedgerEntry;
  const next = { seq: last.seq + 1, prev: last.hash, record: '{"id":"x","time":"t","act":"revoked"}' };
  const more = { ...next, hash: hashEntry(next, sha256) };
  const file = join(folder, "longer.jsonl");
  await writeFile(file, [...entries, more].map((entry) => entryLine(task, entry, readRecord(entry))).join(""));
  const { code, out } = await audit("verify", txn, "--archive", file);
  expect([code, out]).toEqual([1, expect.stringContaining("entry 7 of the file is not what the ledger has")]);
  expect(out).toContain("the ledger is BROKEN");
});

test("entries that an archive lacks are named, and so is an entry that occurs twice with different content", async () => {
  const { entries } = await fetchLedger(remote(), task);
  const [first, second, third] = entries as [LedgerEntry, LedgerEntry, LedgerEntry];
  const changed = { ...second, record: second.record.replace("allowed", "denied") };
  const other = { ...changed, hash: hashEntry(changed, sha256) };
  const verify = async (some: readonly LedgerEntry[]): Promise<string> => {
    const file = join(folder, `${crypto.randomUUID()}.jsonl`);
    await writeFile(file, some.map((entry) => entryLine(task, entry, readRecord(entry))).join(""));
    return (await audit("verify", txn, "--archive", file)).out;
  };
  expect(await verify([first, first, second, third])).toBe("   the ledger is whole\n");
  expect(await verify([first, third])).toContain("entry 2 is not in the file");
  expect(await verify([first, second, other, third])).toContain("entry 2 occurs twice, with different content");
});

test("an export of another task proves nothing of this one", async () => {
  const file = join(folder, "other.jsonl");
  await writeFile(file, JSON.stringify({ source: sourceOf("another"), hopgateentry: "{}" }));
  const { code, out } = await audit("verify", txn, "--against", file);
  expect([code, out]).toEqual([1, expect.stringContaining(`is of the task ${task}`)]);
});

test("a txn that two introducers use selects neither task: both are named, and each has its own ledger", async () => {
  const shared = `task-${crypto.randomUUID()}`;
  const issuers = [CAST.issuer, "https://login.acme.example"] as const;
  for (const iss of issuers) {
    const header = iss === CAST.issuer ? {} : { typ: "JWT" };
    await call(world, { chain: await chainNow({ 0: { header, claims: { iss, txn: shared } } }) });
  }
  const tasks = issuers.map((issuer) => taskOf(shared, issuer));
  for (const each of tasks) expect(await recordsOf(world, each, 1)).toHaveLength(1);
  const { code, out } = await audit("show", shared);
  expect([code, out]).toEqual([1, expect.stringContaining("name one of")]);
  for (const each of tasks) expect(out).toContain(each);
  for (const command of ["export", "verify"])
    expect(await audit(command, shared)).toMatchObject({ code: 1, out: expect.stringContaining("name one of") });
  const [one, other] = await Promise.all(tasks.map((each) => audit("show", each)));
  expect(one?.out).toContain(`of ${CAST.issuer}`);
  expect(other?.out).toContain("of https://login.acme.example");
});

test("a task whose identity begins with a hyphen is not read as an option of the command line", async () => {
  const named = (function find(): string {
    const each = `task-${crypto.randomUUID()}`;
    return taskOf(each).startsWith("-") ? each : find();
  })();
  await call(world, { chain: await chainNow({ 0: { claims: { txn: named } } }) });
  await ledgerOf(world, named, 1);
  const file = join(folder, "hyphen.jsonl");
  expect(await audit("export", taskOf(named), "--out", file)).toMatchObject({ code: 0 });
  const verified = await audit("verify", taskOf(named), "--against", file);
  expect(verified).toEqual({ code: 0, out: "   the ledger is whole\n" });
  expect((await audit("show", taskOf(named), "--tree")).out).toContain(CAST.agent);
});

test.each([
  [
    "an entry that was changed",
    (entries: LedgerEntry[]) =>
      entries.map((e, i) => (i === 1 ? { ...e, record: e.record.replace("allowed", "denied ") } : e)),
    "entry 2 does not follow",
  ],
  [
    "an entry that was taken out",
    (entries: LedgerEntry[]) => entries.filter((_, i) => i !== 1),
    "entry 3 does not follow",
  ],
  ["the last entry cut off", (entries: LedgerEntry[]) => entries.slice(0, -1), "the checkpoint is of another state"],
  [
    "a whole new chain of hashes",
    (entries: LedgerEntry[]) => {
      let prev = GENESIS;
      return entries.map(({ seq, record }) => {
        const entry = { seq, prev, record: record.replace("alice", "bob") };
        prev = hashEntry(entry, sha256);
        return { ...entry, hash: prev };
      });
    },
    "the checkpoint is of another state",
  ],
])("%s is found", async (_, tamper, problem) => {
  const ledger = await fetchLedger(remote(), task);
  expect(await verifyLedger(world.url, ledger)).toEqual([]);
  const problems = await verifyLedger(world.url, { ...ledger, entries: tamper([...ledger.entries]) });
  expect(problems.join()).toContain(problem);
});

test("an export of a ledger whose old entries were removed begins at the ledger's first entry, and not after it", async () => {
  const { entries } = await fetchLedger(remote(), task);
  const left = entries.slice(2);
  const lines = left.map((entry) => entryLine(task, entry, readRecord(entry)));
  const last = { type: "dev.hopgate.checkpoint.v1", source: sourceOf(task), id: `${left.length}`, data: "jws" };
  const text = `${lines.join("")}${JSON.stringify(last)}\n`;
  const judge = async (kept: number) => (await judgeExport(text, task, kept, async () => undefined)).problems;
  expect(await judge(3)).toEqual([]);
  expect(await judge(4)).toEqual([]);
  expect(await judge(1)).toEqual(["entries 1 to 2 are not in the file"]);
});
