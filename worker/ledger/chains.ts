/**
 * The chain of hashes of every task: each entry contains the hash of the task's previous entry, and the task stores its
 * last.
 */
import type { NewEntry } from "./admission.ts";
import { GENESIS, hashEntry, type LedgerEntry } from "./entry.ts";
import { type Packed, pack, unpack } from "./packed.ts";

type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** A task's number in this shard, and its last entry. */
interface Head {
  readonly n: number;
  readonly at: number;
  readonly seq: number;
  readonly hash: string;
  /** Seconds since the epoch at which the last of its roots expires. */
  readonly until: number;
  /** Numbers of the parties that take part, by their names. */
  readonly parties: Map<string, number>;
}

/** Tasks whose heads are kept in memory. */
const MOST_HEADS = 5_000;

type Appended = Pick<NewEntry, "task" | "kind" | "record"> &
  Partial<Pick<NewEntry, "txn" | "emergency" | "id" | "names" | "until">> & { readonly singles?: string | undefined };

export interface Chains {
  /** @param now milliseconds since the epoch */
  append(entry: Appended, now: number): void;
  /** Writes the new end of each task's chain of hashes, once for each commit. */
  writeHeads(): void;
  /** Forgets what is in memory: of all tasks, or of these. */
  forget(tasks?: readonly string[]): void;
}

export function createChains(sql: SqlStorage, sha256: Sha256): Chains {
  const heads = new Map<string, Head>();
  const changed = new Set<string>();
  let last = lastWritten(sql);

  function headOf(task: string, txn: string): Head {
    const known = heads.get(task);
    if (known !== undefined) return known;
    const [row] = sql
      .exec<Omit<Head, "parties"> & Record<string, SqlStorageValue>>(
        "SELECT n, head AS at, seq, hash, until FROM tasks WHERE task = ?",
        task,
      )
      .toArray();
    if (row !== undefined) return { ...row, parties: new Map() };
    const { n } = sql
      .exec<{ n: number }>(
        "INSERT INTO tasks (task, txn, head, seq, hash, until) VALUES (?, ?, 0, 0, ?, 0) RETURNING n",
        ...[task, txn, GENESIS],
      )
      .one();
    return { n, at: 0, seq: 0, hash: GENESIS, until: 0, parties: new Map() };
  }

  /** The parties that take part together are one row, and one more for each task. */
  function partiesOf({ n, parties }: Head, names: readonly string[]): number | null {
    if (names.length === 0) return null;
    const text = names.join("\n");
    const known = parties.get(text);
    if (known !== undefined) return known;
    sql.exec("INSERT OR IGNORE INTO parties (names) VALUES (?)", text);
    const { n: number } = sql.exec<{ n: number }>("SELECT n FROM parties WHERE names = ?", text).one();
    sql.exec("INSERT OR IGNORE INTO taking_part VALUES (?, ?)", number, n);
    parties.set(text, number);
    return number;
  }

  return {
    append({ task, txn = "", id, kind, emergency = false, names = [], until = 0, singles, record }, now) {
      const head = headOf(task, txn);
      const parties = partiesOf(head, names);
      const seq = head.seq + 1;
      const hash = hashEntry({ seq, prev: head.hash, record }, sha256);
      const written = Math.max(now * 1000, last + 1);
      const { at } = sql
        .exec<{ at: number }>(
          `INSERT INTO entries (task, before, seq, written, kind, emergency, id, parties, singles, prev, hash, record)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING at`,
          ...[head.n, head.at, seq, written, kind, emergency ? 1 : 0],
          ...[id ?? null, parties, singles ?? null, head.hash, hash, pack(record)],
        )
        .one();
      last = written;
      heads.delete(task);
      heads.set(task, { ...head, at, seq, hash, until: Math.max(head.until, until) });
      changed.add(task);
    },
    writeHeads() {
      for (const task of changed) {
        const { n, at, seq, hash, until } = heads.get(task) as Head;
        sql.exec("UPDATE tasks SET head = ?, seq = ?, hash = ?, until = ? WHERE n = ?", at, seq, hash, until, n);
      }
      changed.clear();
      for (const task of heads.keys()) {
        if (heads.size <= MOST_HEADS) break;
        heads.delete(task);
      }
    },
    forget(tasks) {
      if (tasks !== undefined) {
        for (const task of tasks) heads.delete(task);
        return;
      }
      heads.clear();
      changed.clear();
      last = lastWritten(sql);
    },
  };
}

function lastWritten(sql: SqlStorage): number {
  return (
    sql.exec<{ written: number }>("SELECT written FROM entries ORDER BY at DESC LIMIT 1").toArray()[0]?.written ?? 0
  );
}

/** The task's entries, oldest first. */
export function readChain(task: string, sql: SqlStorage): LedgerEntry[] {
  return sql
    .exec<Omit<LedgerEntry, "record"> & { record: Packed } & Record<string, SqlStorageValue>>(
      `WITH RECURSIVE chain (at, before) AS (
         SELECT at, before FROM entries WHERE at = (SELECT head FROM tasks WHERE tasks.task = ?)
         UNION ALL SELECT entries.at, entries.before FROM chain JOIN entries ON entries.at = chain.before)
       SELECT seq, prev, hash, record FROM chain JOIN entries USING (at) ORDER BY seq`,
      task,
    )
    .toArray()
    .map((row) => ({ ...row, record: unpack(row.record) }));
}
