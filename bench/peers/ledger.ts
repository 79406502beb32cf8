/** The ledger of one task against a Durable Object that inserts and does nothing else. */
import { DurableObject } from "cloudflare:workers";
import { verificationCore } from "../../worker/core.ts";
import type { Admission } from "../../worker/ledger/admission.ts";
import { findBreak } from "../../worker/ledger/entry.ts";
import { type LedgerEnv, Ledger as Shard } from "../../worker/ledger/shard.ts";

export { Revocations } from "../../worker/revocation/revocations.ts";

export class Ledger extends Shard {
  constructor(ctx: DurableObjectState, env: LedgerEnv) {
    super(ctx, env, 1);
  }
}

export class Bare extends DurableObject {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS entries (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, record TEXT)");
  }
  append(id: string, record: string): void {
    this.ctx.storage.sql.exec("INSERT INTO entries (id, record) VALUES (?, ?)", id, record);
  }
}

interface Env {
  readonly LEDGER: DurableObjectNamespace<Ledger>;
  readonly BARE: DurableObjectNamespace<Bare>;
}

function admissionTo(task: string, record: string): Admission {
  const entry = {
    task,
    txn: "t",
    id: crypto.randomUUID(),
    kind: "allowed",
    emergency: false,
    names: [],
    record,
  };
  return { entry, standings: [], singles: [] };
}

const UNITS = 400;
/** As long as the record of a request with three hops, and like it in how far it compresses. */
function recordText(): string {
  const ids = Array.from({ length: 40 }, () => crypto.randomUUID());
  return JSON.stringify({ id: "x", time: "2026-11-24T00:00:00Z", ids: [...ids, ...ids, ...ids] });
}

export default {
  async fetch(request, { LEDGER, BARE }) {
    const { pathname, searchParams } = new URL(request.url);
    const task = crypto.randomUUID();
    const ledger = LEDGER.getByName(task);
    const units = searchParams.has("empty") ? 0 : UNITS;
    if (pathname === "/check") {
      for (let i = 0; i < 10; i++) await ledger.admit(admissionTo(task, recordText()));
      const entries = await ledger.entries(task);
      const right = entries.length === 10 && findBreak(entries, verificationCore().sha256) === undefined;
      return new Response(null, { status: right ? 204 : 500 });
    }
    const record = recordText();
    for (let i = 0; i < units; i++) {
      if (pathname === "/bare") await BARE.getByName(task).append(crypto.randomUUID(), record);
      else await ledger.admit(admissionTo(task, record));
    }
    return new Response(String(units));
  },
} satisfies ExportedHandler<Env>;
