/** A copy of state that changes while it is copied: without a gateway, so that the test chooses the moment. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { backUp } from "../../selfhost/backup.ts";

/** So many that some are left to copy when the first one is there. */
const SHARDS = Array.from({ length: 64 }, (_, index) => `hopgate-Ledger/${index}.sqlite`);
const REVOCATIONS = "hopgate-Revocations/list.sqlite";
const KEY_VALUES = "hopgate-KeyValues/kv.sqlite";
const WORKLOADS = "hopgate-Workloads/name.sqlite";

let folder: string;
/** By names of files, open all the time as workerd has them. */
let databases: Map<string, DatabaseSync>;
beforeEach(async () => {
  databases = new Map();
  folder = await mkdtemp(join(tmpdir(), "hopgate-backup-"));
  await mkdir(join(folder, "state/archive"), { recursive: true });
});
afterEach(async () => {
  for (const database of databases.values()) database.close();
  await rm(folder, { recursive: true });
});

/** @param name of a file of the state */
async function make(name: string, sql: string): Promise<void> {
  const file = join(folder, "state/objects", name);
  await mkdir(dirname(file), { recursive: true });
  databases.set(name, new DatabaseSync(file, { timeout: 5000 }));
  change(name, `PRAGMA journal_mode = wal; ${sql}`);
}

const change = (name: string, sql: string): void => databases.get(name)?.exec(sql);

function inCopy(name: string, query: string): Record<string, SQLOutputValue>[] {
  const database = new DatabaseSync(join(folder, "copy/objects", name), { readOnly: true });
  const rows = database.prepare(query).all();
  database.close();
  return rows;
}

/** Changes the state as soon as one of the files is copied. */
async function copyWhile(copied: readonly string[], changes: () => void): Promise<void> {
  const copy = backUp(join(folder, "state"), join(folder, "copy"));
  while (!copied.some((name) => existsSync(join(folder, "copy.partial/objects", name)))) await setImmediate();
  changes();
  await copy;
}

test("holds no revocation of which it says that a shard knows it that does not", async () => {
  const names = SHARDS.map((name) => `('${name}', 0)`).join();
  const list = `CREATE TABLE revocations (seq INTEGER PRIMARY KEY); INSERT INTO revocations VALUES (1);
    CREATE TABLE shards (name TEXT PRIMARY KEY, told INTEGER NOT NULL) WITHOUT ROWID; INSERT INTO shards VALUES ${names}`;
  await make(REVOCATIONS, list);
  for (const name of SHARDS) await make(name, "CREATE TABLE heard (seq INTEGER)");
  await copyWhile(SHARDS, () => {
    for (const name of SHARDS) change(name, "INSERT INTO heard VALUES (1)");
    change(REVOCATIONS, "UPDATE shards SET told = 1");
  });
  const told = inCopy(REVOCATIONS, "SELECT name, told FROM shards");
  expect(told).toHaveLength(SHARDS.length);
  for (const { name, told: last } of told)
    expect(inCopy(String(name), "SELECT ifnull(max(seq), 0) AS last FROM heard"), String(name)).toEqual([{ last }]);
});

test("holds no registration of which it says that KV has it while KV has the one before", async () => {
  await make(KEY_VALUES, "CREATE TABLE parts (version INTEGER); INSERT INTO parts VALUES (1)");
  for (const name of SHARDS) await make(name, "CREATE TABLE heard (seq INTEGER)");
  await make(
    WORKLOADS,
    "CREATE TABLE registration (version INTEGER, copied INTEGER); INSERT INTO registration VALUES (2, 0)",
  );
  await copyWhile([KEY_VALUES, WORKLOADS], () => {
    change(KEY_VALUES, "UPDATE parts SET version = 2");
    change(WORKLOADS, "UPDATE registration SET copied = 1");
  });
  expect(inCopy(WORKLOADS, "SELECT version, copied FROM registration")).toEqual([{ version: 2, copied: 1 }]);
  expect(inCopy(KEY_VALUES, "SELECT version FROM parts")).toEqual([{ version: 2 }]);
});
