/**
 * The index over all ledgers: finds a decision by its id, its subject, its actors or its task, and tells what each workload
 * holds and uses. Four shards, by the first bits of the decision's id; it can be made anew from the ledgers.
 */
import { DurableObject } from "cloudflare:workers";
import type { Indexed, Summary } from "./summary.ts";
import { mergeWorkloads, type Workload } from "./workload.ts";

const SHARDS = ["0", "1", "2", "3"] as const;
/** Milliseconds for which the index remembers a request; the ledgers keep it for good. */
const KEPT_MS = 90 * 24 * 3600 * 1000;
/** Of the chains of different actors a shard tells so many, the newest: every run of a sub-agent may be another. */
const MOST_CHAINS = 1000;
const DAY_MS = 24 * 3600 * 1000;

export function decisionShard(id: string): string {
  return String(Number.parseInt(id.slice(0, 1), 16) >> 2);
}

/** What is looked for; what is absent fits all. */
export interface Search {
  /** Part of a subject or an actor, or a whole task or decision. */
  readonly text?: string | undefined;
  readonly outcome?: string | undefined;
  readonly emergency?: boolean | undefined;
  /** ISO 8601: older than this. */
  readonly before?: string | undefined;
  readonly limit: number;
}

type Row = Record<keyof Omit<Summary, "actors" | "emergency">, string> & { actors: string; emergency: number };

export class Decisions extends DurableObject<unknown> {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    const { sql } = ctx.storage;
    sql.exec(
      `CREATE TABLE IF NOT EXISTS decided (id TEXT PRIMARY KEY, time TEXT NOT NULL, task TEXT NOT NULL, txn TEXT NOT NULL, outcome TEXT NOT NULL,
       rule TEXT NOT NULL, route TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, subject TEXT NOT NULL,
       actors TEXT NOT NULL, emergency INTEGER NOT NULL)`,
    );
    sql.exec("CREATE INDEX IF NOT EXISTS decided_time ON decided (time)");
    sql.exec("CREATE INDEX IF NOT EXISTS decided_txn ON decided (txn)");
    sql.exec(
      `CREATE TABLE IF NOT EXISTS workloads (actor TEXT PRIMARY KEY, first TEXT NOT NULL, last TEXT NOT NULL,
       requests INTEGER NOT NULL, denied INTEGER NOT NULL, longest INTEGER NOT NULL)`,
    );
    sql.exec(
      "CREATE TABLE IF NOT EXISTS scopes (actor TEXT NOT NULL, scope TEXT NOT NULL, used TEXT, PRIMARY KEY (actor, scope))",
    );
    sql.exec(
      "CREATE TABLE IF NOT EXISTS uses (actor TEXT NOT NULL, action TEXT NOT NULL, route TEXT NOT NULL, PRIMARY KEY (actor, action, route))",
    );
  }

  /** Once is enough; again changes nothing. */
  async add(entries: readonly Indexed[]): Promise<void> {
    for (const entry of entries) this.#add(entry);
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + DAY_MS);
  }

  /** The ledger in which the decision is recorded. */
  find(id: string): string | undefined {
    const [row] = this.ctx.storage.sql.exec<{ task: string }>("SELECT task FROM decided WHERE id = ?", id).toArray();
    return row?.task;
  }

  /** Identities of the tasks that somebody gave this `txn`. */
  tasks(txn: string): string[] {
    const rows = this.ctx.storage.sql.exec<{ task: string }>("SELECT DISTINCT task FROM decided WHERE txn = ?", txn);
    return rows.toArray().map(({ task }) => task);
  }

  /** Newest first. */
  search({ text, outcome, emergency, before, limit }: Search): Summary[] {
    const conditions: [string, ...SqlStorageValue[]][] = [];
    if (text !== undefined) {
      conditions.push(["(? IN (id, task, txn) OR instr(subject, ?) OR instr(actors, ?))", text, text, text]);
    }
    if (outcome !== undefined) conditions.push(["outcome = ?", outcome]);
    if (emergency) conditions.push(["emergency = 1"]);
    if (before !== undefined) conditions.push(["time < ?", before]);
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.map(([text]) => text).join(" AND ")}`;
    const values = conditions.flatMap(([, ...values]) => values);
    return this.ctx.storage.sql
      .exec<Row>(`SELECT * FROM decided ${where} ORDER BY time DESC LIMIT ?`, ...values, limit)
      .toArray()
      .map((row) => ({ ...row, actors: JSON.parse(row.actors) as string[], emergency: row.emergency === 1 }));
  }

  workloads(): Workload[] {
    const { sql } = this.ctx.storage;
    type Base = Pick<Workload, "actor" | "first" | "last" | "requests" | "denied" | "longest">;
    const bases = sql.exec<Base>("SELECT * FROM workloads").toArray();
    const scopes = sql.exec<{ actor: string; scope: string; used: string | null }>("SELECT * FROM scopes").toArray();
    const uses = sql.exec<{ actor: string; action: string; route: string }>("SELECT * FROM uses").toArray();
    const chains = sql
      .exec<{ actors: string }>(
        "SELECT actors FROM decided WHERE actors != '[]' GROUP BY actors ORDER BY max(time) DESC LIMIT ?",
        MOST_CHAINS,
      )
      .toArray()
      .map(({ actors }) => JSON.parse(actors) as string[]);
    return bases.map((base) => ({
      ...base,
      scopes: Object.fromEntries(
        scopes.filter(({ actor }) => actor === base.actor).map((row) => [row.scope, row.used]),
      ),
      uses: uses.filter(({ actor }) => actor === base.actor).map(({ action, route }) => ({ action, route })),
      chains: chains.filter((chain) => chain.includes(base.actor)),
    }));
  }

  /** Forgets what is older than `KEPT_MS`, once a day. */
  override async alarm(): Promise<void> {
    const { sql } = this.ctx.storage;
    const before = new Date(Date.now() - KEPT_MS).toISOString();
    sql.exec("DELETE FROM decided WHERE time < ?", before);
    sql.exec("DELETE FROM workloads WHERE last < ?", before);
    for (const table of ["scopes", "uses"])
      sql.exec(`DELETE FROM ${table} WHERE actor NOT IN (SELECT actor FROM workloads)`);
    await this.ctx.storage.setAlarm(Date.now() + DAY_MS);
  }

  #add({ summary, held, used, action }: Indexed): void {
    const { sql } = this.ctx.storage;
    const { id, time, task, txn, outcome, rule, route, method, path, subject, actors, emergency } = summary;
    const { rowsWritten } = sql.exec(
      "INSERT OR IGNORE INTO decided VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[id, time, task, txn, outcome, rule, route, method, path, subject, JSON.stringify(actors), emergency ? 1 : 0],
    );
    if (rowsWritten === 0) return;
    for (const { actor, scopes, life } of held) {
      sql.exec(
        `INSERT INTO workloads VALUES (?, ?, ?, 1, ?, ?) ON CONFLICT (actor) DO UPDATE SET first = min(first, excluded.first),
         last = max(last, excluded.last), requests = requests + 1, denied = denied + excluded.denied, longest = max(longest, excluded.longest)`,
        ...[actor, time, time, outcome === "denied" ? 1 : 0, life],
      );
      for (const scope of scopes) {
        sql.exec(
          `INSERT INTO scopes VALUES (?, ?, ?) ON CONFLICT (actor, scope) DO UPDATE SET used = nullif(max(ifnull(used, ''), ifnull(excluded.used, '')), '')`,
          ...[actor, scope, used.includes(scope) ? time : null],
        );
      }
    }
    const caller = actors.at(-1);
    if (caller !== undefined && action !== undefined)
      sql.exec("INSERT OR IGNORE INTO uses VALUES (?, ?, ?)", caller, action, route);
  }
}

type Shard = Pick<DurableObjectStub<Decisions>, "search" | "tasks" | "workloads">;

/** All shards as one. */
export interface DecisionIndex {
  find(id: string): Promise<string | undefined>;
  /** Identities of the tasks that somebody gave this `txn`. */
  tasks(txn: string): Promise<string[]>;
  search(search: Search): Promise<Summary[]>;
  workloads(): Promise<Workload[]>;
}

export function decisionIndex(namespace: DurableObjectNamespace<Decisions>): DecisionIndex {
  const all = <T>(ask: (shard: Shard) => Promise<T[]>): Promise<T[][]> =>
    Promise.all(SHARDS.map((name) => ask(namespace.getByName(name) as unknown as Shard)));
  return {
    find: async (id) => namespace.getByName(decisionShard(id)).find(id),
    tasks: async (txn) => [...new Set((await all(async (shard) => shard.tasks(txn) as Promise<string[]>)).flat())],
    search: async (search) => {
      const found = await all(async (shard) => shard.search(search) as Promise<Summary[]>);
      return found
        .flat()
        .sort((a, b) => (a.time < b.time ? 1 : -1))
        .slice(0, search.limit);
    },
    workloads: async () => mergeWorkloads(await all(async (shard) => shard.workloads() as Promise<Workload[]>)),
  };
}
