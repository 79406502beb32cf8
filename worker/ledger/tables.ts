/**
 * Tables of a shard (docs/ledger.md has what they hold). Every index costs another row for each write, so each one
 * serves a search.
 */

/**
 * Entries of all tasks of the shard, in the order of their commits; the last one always stays, so that no number is given twice.
 * `before` is the task's entry before this one; `written` grows with every entry, in microseconds; `kind` and `rule` change if an
 * admitted request fails later; `record` is as packed.ts keeps it.
 */
const ENTRIES = `
CREATE TABLE IF NOT EXISTS entries (at INTEGER PRIMARY KEY, task INTEGER NOT NULL, before INTEGER NOT NULL,
  seq INTEGER NOT NULL, written INTEGER NOT NULL, kind TEXT NOT NULL, rule TEXT, emergency INTEGER NOT NULL, id TEXT,
  parties INTEGER, singles TEXT, prev TEXT NOT NULL, hash TEXT NOT NULL, record BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS entries_id ON entries (id) WHERE id IS NOT NULL;
CREATE INDEX IF NOT EXISTS entries_kind ON entries (kind, at) WHERE kind NOT IN ('allowed', 'outcomes');
CREATE INDEX IF NOT EXISTS entries_emergency ON entries (at) WHERE emergency = 1;`;

/**
 * Tasks, each with its last entry and when its last root expires (`until`, seconds since the epoch). Who takes part in
 * which: `names` are all parties of a chain, one in each line.
 */
const TASKS = `
CREATE TABLE IF NOT EXISTS tasks (n INTEGER PRIMARY KEY, task TEXT UNIQUE NOT NULL, txn TEXT NOT NULL, head INTEGER NOT NULL,
  seq INTEGER NOT NULL, hash TEXT NOT NULL, until INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS tasks_txn ON tasks (txn) WHERE txn <> '';
CREATE TABLE IF NOT EXISTS parties (n INTEGER PRIMARY KEY, names TEXT UNIQUE NOT NULL);
CREATE TABLE IF NOT EXISTS taking_part (parties INTEGER NOT NULL, task INTEGER NOT NULL, PRIMARY KEY (parties, task)) WITHOUT ROWID;`;

/** What was spent and is not in an entry, and the ids under which messages are delivered. */
const SPENT = `
CREATE TABLE IF NOT EXISTS spent (expires INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (expires, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deliveries (message TEXT PRIMARY KEY, delivery TEXT NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS deliveries_expires ON deliveries (expires);`;

/** Received revocations, and the places of tokens in the status list. */
const REVOKED = `
CREATE TABLE IF NOT EXISTS revoked (key TEXT PRIMARY KEY, seq INTEGER NOT NULL, before INTEGER, until INTEGER) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS revoked_until ON revoked (until) WHERE until IS NOT NULL;
CREATE INDEX IF NOT EXISTS revoked_seq ON revoked (seq);
CREATE TABLE IF NOT EXISTS places (n INTEGER PRIMARY KEY AUTOINCREMENT, issued INTEGER NOT NULL, expires INTEGER NOT NULL,
  keys TEXT NOT NULL, revoked INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS places_expires ON places (expires);
CREATE INDEX IF NOT EXISTS places_revoked ON places (n) WHERE revoked = 1;`;

/** What each actor holds and uses. */
const USES = `
CREATE TABLE IF NOT EXISTS workloads (actor TEXT PRIMARY KEY, first TEXT NOT NULL, last TEXT NOT NULL, requests INTEGER NOT NULL,
  denied INTEGER NOT NULL, longest INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS workloads_last ON workloads (last);
CREATE TABLE IF NOT EXISTS scopes (actor TEXT NOT NULL, scope TEXT NOT NULL, used TEXT, PRIMARY KEY (actor, scope)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uses (actor TEXT NOT NULL, action TEXT NOT NULL, route TEXT NOT NULL,
  PRIMARY KEY (actor, action, route)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS chains (actors TEXT PRIMARY KEY, last TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS chains_last ON chains (last);`;

/** Memory of tasks, and of callers and subjects for a day; `sums` and `labels` are JSON. */
const MEMORY = `
CREATE TABLE IF NOT EXISTS memory (owner TEXT PRIMARY KEY, version INTEGER NOT NULL, changed INTEGER NOT NULL, sums TEXT NOT NULL,
  labels TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS memory_changed ON memory (changed);`;

/** How far the shard has come with its background work. */
const MARKS = `
CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;`;

export function createTables(sql: SqlStorage): void {
  sql.exec([ENTRIES, TASKS, SPENT, REVOKED, USES, MEMORY, MARKS].join(""));
}

/**
 * "archived": the last entry that the long-term store has. "format": the form of the shard (format.ts). "joined": the last revocation
 * at the shard's start. "looked": the last that the status list knows. "swept", "swept_parties", "swept_task": the row of `tasks`, and
 * that of `taking_part`, up to which old ones were removed. "probed": when /readyz last asked whether the shard can be written.
 */
type Mark = "archived" | "format" | "joined" | "looked" | "probed" | "swept" | "swept_parties" | "swept_task";

export function readMark(sql: SqlStorage, name: Mark): number | undefined {
  return sql.exec<{ value: number }>("SELECT value FROM marks WHERE name = ?", name).toArray()[0]?.value;
}

export function setMark(sql: SqlStorage, name: Mark, value: number): void {
  sql.exec("INSERT OR REPLACE INTO marks VALUES (?, ?)", name, value);
}
