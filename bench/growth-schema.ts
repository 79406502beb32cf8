/**
 * Puts entries into a stopped gateway's ledger without a request for each. The tables of docs/state.md are known here and nowhere
 * else in the bench: when they change, this file does.
 */
import { createHash, randomUUID } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pack, unpack } from "../worker/ledger/packed.ts";

/** A decision that was made by a request: new entries are its copies, with other ids, times, people and tasks. */
export interface Seed {
  readonly decision: string;
  /** Who the request was for. */
  readonly person: string;
}

/** What some of the new entries are found by. */
export interface Sought {
  readonly person: string;
  readonly task: string;
  /** Microseconds since the epoch: older ones are there. */
  readonly before: number;
}

type Row = Record<string, string | number | null | Uint8Array>;

const LEDGERS = "state/hopgate-Ledger";
const PEOPLE = 1000;
const PER_TASK = 20;
/** Microseconds between entries. */
const APART = 1_000_000;
const GENESIS = "hopgate-ledger-v1";

/** @param state the gateway's folder */
export async function grow(state: string, seed: Seed, entries: number): Promise<Sought> {
  const begun = Date.now() * 1000 - (entries + 60) * APART;
  const writtenAt = (i: number): number => begun + i * APART;
  const database = await shardWith(join(state, LEDGERS), seed.decision);
  try {
    database.exec("BEGIN");
    makeRoom(database, entries);
    const parties = addParties(database, seed);
    addTasks(database, parties, entries);
    addEntries(database, seed, parties, entries, writtenAt);
    // Nothing of it waits for the archive.
    database.prepare("INSERT OR REPLACE INTO marks VALUES ('archived', (SELECT max(at) FROM entries))").run();
    database.exec("COMMIT");
  } finally {
    database.close();
  }
  const middle = Math.floor(entries / 2);
  return { person: personOf(middle), task: taskOf(middle), before: writtenAt(middle) };
}

/** New entries are older than those that are there, so they are numbered before them. */
function makeRoom(database: DatabaseSync, entries: number): void {
  database.exec(`UPDATE entries SET at = -at, before = CASE before WHEN 0 THEN 0 ELSE before + ${entries} END`);
  database.exec(`UPDATE entries SET at = ${entries} - at`);
  database.exec(`UPDATE tasks SET head = head + ${entries}`);
}

/** Tasks without entries yet, and who takes part in each. */
function addTasks(database: DatabaseSync, parties: readonly number[], entries: number): void {
  const add = database.prepare(
    "INSERT INTO tasks (n, task, txn, head, seq, hash, until) VALUES (?, ?, ?, 0, 0, '', 0)",
  );
  const takePart = database.prepare("INSERT INTO taking_part (parties, task) VALUES (?, ?)");
  for (let n = 0; n < Math.ceil(entries / PER_TASK); n++) {
    add.run(FIRST_TASK + n, taskOf(n * PER_TASK), `grown-${n}`);
    for (let i = n * PER_TASK; i < (n + 1) * PER_TASK; i++) takePart.run(parties[i % PEOPLE] as number, FIRST_TASK + n);
  }
}

/** Numbers of the parties of the seed's chain, with each of the people in turn as the one that it is for. */
function addParties(database: DatabaseSync, { decision, person }: Seed): number[] {
  const { names } = database
    .prepare("SELECT names FROM parties WHERE n = (SELECT parties FROM entries WHERE id = ?)")
    .get(decision) as { names: string };
  const add = database.prepare("INSERT INTO parties (names) VALUES (?) RETURNING n");
  return Array.from({ length: PEOPLE }, (_, i) => (add.get(names.replace(person, personOf(i))) as { n: number }).n);
}

/** Above the numbers of tasks that are there. */
const FIRST_TASK = 1_000_000;

function addEntries(
  database: DatabaseSync,
  { decision, person }: Seed,
  parties: readonly number[],
  entries: number,
  writtenAt: (i: number) => number,
): void {
  const row = database.prepare("SELECT * FROM entries WHERE id = ?").get(decision) as Row;
  const record = unpack((row["record"] as Uint8Array<ArrayBuffer>).buffer).replaceAll(person, "\u0000");
  const columns = Object.keys(row);
  const insert = database.prepare(
    `INSERT INTO entries (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
  );
  const setHead = database.prepare("UPDATE tasks SET head = ?, seq = ?, hash = ? WHERE n = ?");
  let prev = GENESIS;
  for (let i = 0; i < entries; i++) {
    const id = randomUUID();
    const seq = (i % PER_TASK) + 1;
    if (seq === 1) prev = GENESIS;
    const text = record.replaceAll("\u0000", personOf(i)).replace(decision, id);
    const hash = createHash("sha256").update(`${prev}\n${seq}\n${text}`).digest("base64url");
    const task = FIRST_TASK + Math.floor(i / PER_TASK);
    const at = i + 1;
    const copy: Row = { ...row, at, task, seq, prev, hash, id, before: seq === 1 ? 0 : i, written: writtenAt(i) };
    const made: Row = {
      ...copy,
      parties: parties[i % PEOPLE] as number,
      singles: null,
      record: new Uint8Array(pack(text) as ArrayBuffer),
    };
    insert.run(...columns.map((column) => made[column] as string));
    if (seq === PER_TASK || i === entries - 1) setHead.run(at, seq, hash, task);
    prev = hash;
  }
}

/** The shard that contains a decision. */
async function shardWith(folder: string, decision: string): Promise<DatabaseSync> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith(".sqlite") || name === "metadata.sqlite") continue;
    const database = new DatabaseSync(join(folder, name));
    if (database.prepare("SELECT 1 FROM entries WHERE id = ?").get(decision) !== undefined) return database;
    database.close();
  }
  throw new Error(`nothing in ${folder} has the decision ${decision}`);
}

function personOf(i: number): string {
  return `person-${i % PEOPLE}-of-the-bench`;
}

/** As a task's identity is: 43 characters. */
function taskOf(i: number): string {
  return createHash("sha256")
    .update(String(Math.floor(i / PER_TASK)))
    .digest("base64url");
}
