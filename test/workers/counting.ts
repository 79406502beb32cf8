/**
 * The Worker as it is, where it is counted what a request costs: calls of Durable Objects, rows that shards of the
 * ledger write. What it is given is the real Durable Objects behind proxies.
 */
import type { Env } from "../../worker/env.ts";
import worker, { Ledger as HonestLedger } from "../../worker/index.ts";
import type { LedgerEnv } from "../../worker/ledger/shard.ts";
import type { Counted } from "../e2e/counted.ts";

export * from "../../worker/index.ts";

let counted: Counted = { calls: {}, rows: {} };

/** Adds what each statement of an object writes. */
function count(ctx: DurableObjectState): DurableObjectState {
  const { storage } = ctx;
  const exec = (query: string, ...values: unknown[]): SqlStorageCursor<Record<string, SqlStorageValue>> => {
    const cursor = storage.sql.exec(query, ...values);
    // A statement that writes does so when it is run, even if it returns rows.
    const { rowsWritten } = cursor;
    const { rows } = counted;
    if (rowsWritten > 0) rows[query] = (rows[query] ?? 0) + rowsWritten;
    return cursor;
  };
  const sql = new Proxy(storage.sql, { get: (target, name) => (name === "exec" ? exec : bound(target, name)) });
  const value = new Proxy(storage, { get: (target, name) => (name === "sql" ? sql : bound(target, name)) });
  return Object.defineProperty(ctx, "storage", { value });
}

function bound(target: object, name: string | symbol): unknown {
  const value = Reflect.get(target, name, target) as unknown;
  return typeof value === "function" ? value.bind(target) : value;
}

export class Ledger extends HonestLedger {
  constructor(ctx: DurableObjectState, env: LedgerEnv) {
    super(count(ctx), env);
  }
}

/** The bindings, where every call of a Durable Object is counted. */
function observed(env: Env): Env {
  const wrapped = Object.entries(env).map(([binding, value]) => {
    if (typeof value !== "object" || value === null || !("getByName" in value)) return [binding, value];
    const namespace = value as DurableObjectNamespace;
    const get = (id: DurableObjectId): unknown =>
      new Proxy(namespace.get(id), {
        get: (target, method) => {
          const call = Reflect.get(target, method) as (...values: unknown[]) => unknown;
          return (...values: unknown[]) => {
            const { calls } = counted;
            const key = `${binding}.${String(method)}`;
            calls[key] = (calls[key] ?? 0) + 1;
            return call(...values);
          };
        },
      });
    const idFromName = (name: string): DurableObjectId => namespace.idFromName(name);
    return [binding, { idFromName, get, getByName: (name: string) => get(idFromName(name)) }];
  });
  return Object.fromEntries(wrapped) as Env;
}

export default {
  fetch: (request, env, ctx) => {
    if (new URL(request.url).pathname !== "/counted") return worker.fetch(request, observed(env), ctx);
    const answer = Response.json(counted);
    counted = { calls: {}, rows: {} };
    return answer;
  },
  queue: worker.queue,
} satisfies ExportedHandler<Env, never>;
