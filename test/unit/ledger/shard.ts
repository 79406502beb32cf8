/** Shards of the ledger as they run in workerd, and what they are asked to admit. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { verificationCore } from "../../../worker/core.ts";
import type { Env } from "../../../worker/env.ts";
import type { Admission, NewEntry, Single } from "../../../worker/ledger/admission.ts";
import type { Ledger } from "../../../worker/ledger/shard.ts";

export const { LEDGER, REVOCATIONS, ARCHIVE } = env as unknown as Env;
export const { sha256 } = verificationCore();

export type Shard = DurableObjectStub<Ledger>;

export const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** Good once, for a minute: it fits into its entry's row. */
export const proof = (name: string, seconds = 60): Single => ({ name, expires: nowSeconds() + seconds });

export function entryOf(task: string, id: string, more: Partial<NewEntry> = {}): NewEntry {
  const kind = more.kind ?? "allowed";
  const record = JSON.stringify({ id, time: new Date().toISOString(), outcome: kind });
  return { task, txn: "", id, kind, emergency: false, names: [], record, ...more };
}

export function admissionOf(entry: NewEntry | undefined, more: Partial<Admission> = {}): Admission {
  return { entry, standings: [], singles: [], ...more };
}

/** The rows of a query on the object's own database. */
export function rowsOf(shard: Shard, query: string): Promise<Record<string, SqlStorageValue>[]> {
  return runInDurableObject(shard, (_, { storage }) => storage.sql.exec(query).toArray());
}

/** Runs the object's alarm now, whether it is due or not, in place of the one that is set. */
export function runAlarm(shard: Shard): Promise<void> {
  return runInDurableObject(shard, async (instance: Ledger, { storage }) => {
    await storage.deleteAlarm();
    await instance.alarm();
  });
}
