/** What each actor was given and what it used, as known to one shard: counted from entries, in the background. */
import { removeRows, type Steps } from "../steps.ts";
import type { Indexed } from "./summary.ts";
import type { Workload } from "./workload.ts";

/** Most chains of actors that a shard lists, newest first: every run of a sub-agent may be a new one. */
const MOST_CHAINS = 1000;

/** What several entries together say about an actor. */
interface Tally {
  first: string;
  last: string;
  requests: number;
  denied: number;
  longest: number;
  /** When each scope was last used, if it was. */
  readonly scopes: Map<string, string | undefined>;
}

/** Uses of several entries, to be written together. */
export interface UseCount {
  /** @param entry undefined: an entry that shows no use */
  add(entry: Indexed | undefined): void;
  /** One row for entries that say the same. */
  write(sql: SqlStorage): void;
}

export function createUseCount(): UseCount {
  const actors = new Map<string, Tally>();
  const uses = new Set<string>();
  const chains = new Map<string, string>();
  return {
    add(entry) {
      if (entry === undefined) return;
      const { summary, held, used, action } = entry;
      for (const each of held) tally(actors, each, summary, used);
      const caller = summary.actors.at(-1);
      if (caller !== undefined && action !== undefined) uses.add(JSON.stringify([caller, action, summary.route]));
      if (summary.actors.length > 0) chains.set(JSON.stringify(summary.actors), summary.time);
    },
    write(sql) {
      for (const [actor, counted] of actors) writeTally(actor, counted, sql);
      for (const use of uses) sql.exec("INSERT OR IGNORE INTO uses VALUES (?, ?, ?)", ...(JSON.parse(use) as string[]));
      for (const [chain, time] of chains)
        sql.exec(
          "INSERT INTO chains VALUES (?, ?) ON CONFLICT (actors) DO UPDATE SET last = max(last, excluded.last)",
          chain,
          time,
        );
    },
  };
}

function writeTally(actor: string, { first, last, requests, denied, longest, scopes }: Tally, sql: SqlStorage): void {
  sql.exec(
    `INSERT INTO workloads VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (actor) DO UPDATE SET first = min(first, excluded.first),
     last = max(last, excluded.last), requests = requests + excluded.requests, denied = denied + excluded.denied,
     longest = max(longest, excluded.longest)`,
    ...[actor, first, last, requests, denied, longest],
  );
  for (const [scope, used] of scopes) {
    sql.exec(
      `INSERT INTO scopes VALUES (?, ?, ?) ON CONFLICT (actor, scope) DO UPDATE
       SET used = excluded.used WHERE excluded.used > ifnull(used, '')`,
      ...[actor, scope, used ?? null],
    );
  }
}

function tally(
  actors: Map<string, Tally>,
  { actor, scopes, life }: Indexed["held"][number],
  { time, outcome }: Indexed["summary"],
  used: readonly string[],
): void {
  const known = actors.get(actor) ?? { first: time, last: time, requests: 0, denied: 0, longest: 0, scopes: new Map() };
  actors.set(actor, known);
  known.first = known.first < time ? known.first : time;
  known.last = known.last > time ? known.last : time;
  known.requests += 1;
  known.denied += outcome === "denied" ? 1 : 0;
  known.longest = Math.max(known.longest, life);
  for (const scope of scopes) known.scopes.set(scope, used.includes(scope) ? time : known.scopes.get(scope));
}

export function readWorkloads(sql: SqlStorage): Workload[] {
  type Base = Pick<Workload, "actor" | "first" | "last" | "requests" | "denied" | "longest">;
  const bases = sql.exec<Base & Record<string, SqlStorageValue>>("SELECT * FROM workloads").toArray();
  const scopes = Map.groupBy(
    sql.exec<{ actor: string; scope: string; used: string | null }>("SELECT * FROM scopes"),
    ({ actor }) => actor,
  );
  const uses = Map.groupBy(
    sql.exec<{ actor: string; action: string; route: string }>("SELECT * FROM uses"),
    ({ actor }) => actor,
  );
  const chains = sql
    .exec<{ actors: string }>("SELECT actors FROM chains ORDER BY last DESC LIMIT ?", MOST_CHAINS)
    .toArray()
    .map(({ actors }) => JSON.parse(actors) as string[]);
  return bases.map((base) => ({
    ...base,
    scopes: Object.fromEntries((scopes.get(base.actor) ?? []).map(({ scope, used }) => [scope, used])),
    uses: (uses.get(base.actor) ?? []).map(({ action, route }) => ({ action, route })),
    chains: chains.filter((chain) => chain.includes(base.actor)),
  }));
}

/** Removes actors that were not seen since. @param before ISO 8601 */
export function* forgetUnseen(before: string, sql: SqlStorage): Steps {
  yield* removeRows(
    sql,
    "DELETE FROM chains WHERE actors IN (SELECT actors FROM chains WHERE last < ? LIMIT ?) RETURNING 1",
    before,
  );
  while (forgetSome(before, sql) === MOST_UNSEEN) yield;
}

/** Most actors that a step removes, with what they held. */
const MOST_UNSEEN = 20;

/** @returns the number of actors */
function forgetSome(before: string, sql: SqlStorage): number {
  const rows = sql
    .exec<{ actor: string }>("SELECT actor FROM workloads WHERE last < ? LIMIT ?", before, MOST_UNSEEN)
    .toArray();
  const actors = JSON.stringify(rows.map(({ actor }) => actor));
  for (const table of ["scopes", "uses", "workloads"])
    sql.exec(`DELETE FROM ${table} WHERE actor IN (SELECT value FROM json_each(?))`, actors);
  return rows.length;
}
