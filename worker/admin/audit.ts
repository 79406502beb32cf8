/** `/admin/audit` and `/admin/decisions`: reading the ledger. */
import { type Context, Hono } from "hono";
import type { Env } from "../env.ts";
import type { LedgerEntry } from "../ledger/entry.ts";
import type { Ledgers } from "../ledger/ledgers.ts";
import { tellEntries } from "../ledger/outcomes.ts";
import type { Signer } from "../trust/signing.ts";
import { readRequestSearch, requestsJson } from "./find-requests.ts";

/**
 * A signed statement about the last entry of a ledger. With a copy of it, anyone can later detect that entries were
 * removed from the end.
 */
const CHECKPOINT_TYPE = "ledger-checkpoint+jwt";

type AdminContext = Context<{ Bindings: Env }>;
export type SignerOf = (c: AdminContext) => Promise<Signer | undefined>;

export function auditAdmin(
  gateway: string,
  ledgerOf: (env: Env) => Ledgers,
  signerOf: SignerOf,
): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();

  app.get("/audit/:name", async (c) => {
    const ledgers = ledgerOf(c.env);
    const tasks = await tasksNamed(ledgers, c.req.param("name"));
    const [task] = tasks;
    // Two introducers may give their tasks the same `txn`.
    if (tasks.length > 1) {
      const reason = `several tasks have this txn, by different introducers: name one of ${tasks.join(", ")}`;
      return c.json({ error: "ambiguous", error_description: reason, tasks }, 300);
    }
    const parts = task === undefined ? [] : await ledgers.parts(task);
    const part = parts.find(({ shard }) => shard === c.req.query("shard")) ?? parts[0];
    if (task === undefined || part === undefined) return c.json({ error: "not_found", entries: [] }, 404);
    const { shard, entries } = part;
    const checkpoint = await sign({ iss: gateway, task, shard }, entries, await signerOf(c));
    // A task with roots from before and after the number of shards was raised has a chain of hashes in each shard.
    const others = parts.map((each) => each.shard).filter((each) => each !== shard);
    return c.json({ task, shard, entries, checkpoint, ...(others.length > 0 && { others }) });
  });

  app.get("/decisions", async (c) => {
    const wanted = readRequestSearch(new URL(c.req.url).searchParams, Date.now());
    if ("problem" in wanted) return c.json({ error: "invalid_request", error_description: wanted.problem }, 400);
    return c.json(requestsJson(wanted, await ledgerOf(c.env).requests(wanted)));
  });

  app.get("/decisions/:id", async (c) => {
    const id = c.req.param("id");
    const ledgers = ledgerOf(c.env);
    const task = await ledgers.find(id);
    const parts = task === undefined ? [] : await ledgers.parts(task);
    const told = parts.flatMap(({ entries }) => tellEntries(entries)).find(({ record }) => record.id === id);
    return told === undefined ? c.json({ error: "not_found" }, 404) : c.json({ task, ...told });
  });
  return app;
}

/**
 * The ledgers that a name stands for: a task by its identity, the gateway's own ledger of a day, else every task with
 * that `txn`.
 */
async function tasksNamed(ledgers: Ledgers, name: string): Promise<string[]> {
  if (/^[A-Za-z0-9_-]{43}$|^gateway:/.test(name)) return [name];
  return ledgers.tasks(name);
}

/** `{iss, task, shard, seq, hash, iat}` of the last entry, signed; absent without a key. */
async function sign(
  whose: { readonly iss: string; readonly task: string; readonly shard: string },
  entries: readonly LedgerEntry[],
  signer: Signer | undefined,
): Promise<string | undefined> {
  const last = entries.at(-1);
  if (last === undefined) return undefined;
  const { seq, hash } = last;
  return signer?.sign(CHECKPOINT_TYPE, { ...whose, seq, hash, iat: Math.floor(Date.now() / 1000) });
}
