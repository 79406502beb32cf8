/** KV on local storage: a Durable Object with the part of Cloudflare's interface that the Worker uses. */
import { DurableObject } from "cloudflare:workers";
import type { KeyValueStore } from "../worker/kv.ts";

/** SQLite accepts two megabytes in a row; a policy set may have eight. */
const PART = 1_000_000;

export class KeyValues extends DurableObject {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never);
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS parts (key TEXT NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (key, part))",
    );
  }

  async read(key: string): Promise<ArrayBuffer | null> {
    const parts = this.ctx.storage.sql
      .exec<{ bytes: ArrayBuffer }>("SELECT bytes FROM parts WHERE key = ? ORDER BY part", key)
      .toArray();
    return parts.length === 0 ? null : new Blob(parts.map(({ bytes }) => bytes)).arrayBuffer();
  }

  write(key: string, value: Uint8Array<ArrayBuffer>): void {
    const { sql } = this.ctx.storage;
    this.ctx.storage.transactionSync(() => {
      sql.exec("DELETE FROM parts WHERE key = ?", key);
      for (let part = 0; part === 0 || part * PART < value.length; part++) {
        const bytes = value.slice(part * PART, (part + 1) * PART).buffer;
        sql.exec("INSERT INTO parts VALUES (?, ?, ?)", key, part, bytes);
      }
    });
  }

  remove(key: string): void {
    this.ctx.storage.sql.exec("DELETE FROM parts WHERE key = ?", key);
  }

  names(prefix: string): string[] {
    return this.ctx.storage.sql
      .exec<{ key: string }>(
        // U+10FFFF is in no name, and sorts after every other character.
        "SELECT key FROM parts WHERE key >= ?1 AND key < ?1 || char(1114111) AND part = 0 ORDER BY key",
        prefix,
      )
      .toArray()
      .map(({ key }) => key);
  }
}

/** The binding for the Worker, without a cache, so that a write is visible at once. */
export function keyValuesOn(namespace: DurableObjectNamespace<KeyValues>): KeyValueStore {
  const store = () => namespace.getByName("kv");
  async function get(key: string, type?: "text" | "json" | "arrayBuffer"): Promise<unknown> {
    const bytes = await store().read(key);
    if (bytes === null || type === "arrayBuffer") return bytes;
    const text = new TextDecoder().decode(bytes);
    return type === "json" ? JSON.parse(text) : text;
  }
  return {
    get: get as KeyValueStore["get"],
    put: async (key, value) => {
      await store().write(key, new Uint8Array(await new Response(value).arrayBuffer()));
    },
    list: async ({ prefix } = {}) => {
      const names = await store().names(prefix ?? "");
      return { keys: names.map((name) => ({ name })), list_complete: true, cacheStatus: null };
    },
    delete: async (key) => {
      await store().remove(key);
    },
  };
}
