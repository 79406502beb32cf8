/**
 * Puts entries into a stopped gateway's ledger without a request for each. The tables of worker/state/SCHEMA.md are known here
 * and nowhere else in the bench: when they change, this file does.
 */
import { createHash, randomUUID } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

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
  /** ISO 8601: older ones are there. */
  readonly before: string;
}

type Row = Record<string, string | number | null>;

const LEDGERS = "state/hopgate-Ledger";
const INDEX = "state/hopgate-Decisions";
const PEOPLE = 1000;
const PER_TASK = 20;
/** A second between entries. */
const APART_MS = 1000;
const GENESIS = "hopgate-ledger-v1";

/** @param state the gateway's folder */
export async function grow(state: string, seed: Seed, entries: number): Promise<Sought> {
  const begun = Date.now() - entries * APART_MS;
  const timeOf = (i: number): string => new Date(begun + i * APART_MS).toISOString();
  await within(join(state, LEDGERS), "SELECT * FROM entries WHERE id = ?", seed.decision, (database, row) =>
    addEntries(database, row, entries, timeOf),
  );
  await within(join(state, INDEX), "SELECT * FROM decided WHERE id = ?", seed.decision, (database, row) =>
    addSummaries(database, row, seed, entries, timeOf),
  );
  const middle = Math.floor(entries / 2);
  return { person: personOf(middle), task: taskOf(middle), before: timeOf(middle) };
}

/** The ledger of the seed's task: one long chain of hashes. */
function addEntries(database: DatabaseSync, seed: Row, entries: number, timeOf: (i: number) => string): void {
  const last = database.prepare("SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1").get() as Row | undefined;
  const record = JSON.parse(String(seed["record"])) as object;
  const insert = database.prepare("INSERT INTO entries (seq, id, prev, hash, record) VALUES (?, ?, ?, ?, ?)");
  let [seq, prev] = [Number(last?.["seq"] ?? 0), String(last?.["hash"] ?? GENESIS)];
  for (let i = 0; i < entries; i++) {
    const id = randomUUID();
    const text = JSON.stringify({ ...record, id, time: timeOf(i) });
    seq += 1;
    const hash = createHash("sha256").update(`${prev}\n${seq}\n${text}`).digest("base64url");
    insert.run(seq, id, prev, hash, text);
    prev = hash;
  }
}

/** The shard of the index that has the seed. */
function addSummaries(
  database: DatabaseSync,
  row: Row,
  { person }: Seed,
  entries: number,
  timeOf: (i: number) => string,
): void {
  const columns = Object.keys(row);
  const places = columns.map(() => "?").join(", ");
  const insert = database.prepare(`INSERT INTO decided (${columns.join(", ")}) VALUES (${places})`);
  for (let i = 0; i < entries; i++) {
    const copy: Row = {
      ...row,
      id: randomUUID(),
      time: timeOf(i),
      task: taskOf(i),
      txn: `grown-${Math.floor(i / PER_TASK)}`,
      subject: String(row["subject"]).replace(person, personOf(i)),
    };
    insert.run(...columns.map((column) => copy[column] as string));
  }
}

/** Runs over the one database of a folder in which the query finds something. */
async function within(
  folder: string,
  query: string,
  value: string,
  run: (database: DatabaseSync, row: Row) => void,
): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith(".sqlite") || name === "metadata.sqlite") continue;
    const database = new DatabaseSync(join(folder, name));
    try {
      const row = database.prepare(query).get(value) as Row | undefined;
      if (row === undefined) continue;
      database.exec("BEGIN");
      run(database, row);
      database.exec("COMMIT");
      return;
    } finally {
      database.close();
    }
  }
  throw new Error(`nothing in ${folder} has the decision ${value}`);
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
