/**
 * Registered clients, all in one object. It makes changes one after the other, each from the result of the one before,
 * so that two administrators do not undo each other's changes, and no two clients have the same name in chains. KV has
 * the copies that gateways read.
 */
import { DurableObject } from "cloudflare:workers";
import { isMeant, type Meant } from "../chain/names/meant.ts";
import { clientActorKey } from "../chain/names/registry.ts";
import type { ClientActor } from "../chain/names/workload.ts";
import type { KeyValueStore } from "../kv.ts";
import { createSerial } from "../serial.ts";
import { type Client, clientActor, clientKey, parseClient } from "./clients.ts";

export const CLIENTS_NAME = "global";

/** A registration as it is now. */
export interface RegisteredClient {
  /** Null if the id has none. */
  readonly client: Client | null;
  /** Counts its changes. */
  readonly version: number;
}

export interface ChangedClient extends RegisteredClient {
  /** The registration before the change. */
  readonly before: FormerClient | null;
}

/**
 * The fields of an existing registration that a change needs; the others may have a form that is refused today, and
 * that the change repairs.
 */
export type FormerClient = Pick<Client, "actor" | "scopes">;

/** Why nothing was changed: the version is not the one that was meant, or the name in chains is another client's. */
export type UnchangedClient = { readonly refused: "changed" } | { readonly refused: "taken"; readonly by: string };

/** The result of a change, for the administration. */
export interface ClientRegistry {
  read(id: string): Promise<RegisteredClient>;
  put(client: Client, meant: Meant): Promise<ChangedClient | UnchangedClient>;
}

type Row = {
  readonly json: string;
  readonly version: number;
  /** 0 until KV has it. */
  readonly copied: number;
};

export class Clients extends DurableObject<{ readonly KV: KeyValueStore }> {
  /** One change at a time, because each waits for KV in between. */
  readonly #inTurn = createSerial();

  constructor(ctx: DurableObjectState, env: { readonly KV: KeyValueStore }) {
    super(ctx, env);
    ctx.storage.sql.exec(
      `CREATE TABLE IF NOT EXISTS taken (name TEXT PRIMARY KEY, client TEXT NOT NULL);
       CREATE INDEX IF NOT EXISTS taken_client ON taken (client);
       CREATE TABLE IF NOT EXISTS clients (id TEXT PRIMARY KEY, json TEXT NOT NULL, version INTEGER NOT NULL, copied INTEGER NOT NULL)`,
    );
  }

  /** Rejects, like everything here, if KV cannot be reached: then it is not known what gateways read. */
  read(id: string): Promise<RegisteredClient> {
    return this.#inTurn(async () => {
      const { json, version } = await this.#stored(id);
      return { client: json === null ? null : parseClient(JSON.parse(json)), version };
    });
  }

  put(client: Client, meant: Meant): Promise<ChangedClient | UnchangedClient> {
    return this.#inTurn(async () => {
      const { json, version } = await this.#stored(client.client_id);
      if (!isMeant(meant, { version, isRegistered: json !== null })) return { refused: "changed" };
      const before = json === null ? null : (JSON.parse(json) as FormerClient);
      const owner = await this.#ownerOf(client.actor, client.client_id);
      if (owner !== client.client_id) return { refused: "taken", by: owner };
      return { ...(await this.#write(client, before)), before };
    });
  }

  async #stored(id: string): Promise<{ readonly json: string | null; readonly version: number }> {
    const [row] = this.ctx.storage.sql
      .exec<Row>("SELECT json, version, copied FROM clients WHERE id = ?", id)
      .toArray();
    // The client may have been registered before this table existed.
    if (row === undefined) return { json: await this.env.KV.get(clientKey(id)), version: 0 };
    if (row.copied === 0) await this.#copy(parseClient(JSON.parse(row.json)));
    return row;
  }

  /** The client that has a name: KV has clients that are older than the table, and may be a minute behind it. */
  async #ownerOf(name: string, client: string): Promise<string> {
    const [taken] = this.ctx.storage.sql
      .exec<{ client: string }>("SELECT client FROM taken WHERE name = ?", name)
      .toArray();
    if (taken !== undefined) return taken.client;
    return (await this.env.KV.get<ClientActor>(clientActorKey(name), "json"))?.client_id ?? client;
  }

  async #write(client: Client, before: FormerClient | null): Promise<RegisteredClient> {
    const { sql } = this.ctx.storage;
    const { client_id: id, actor } = client;
    const version = this.ctx.storage.transactionSync(() => {
      for (const name of new Set([actor, before?.actor ?? actor]))
        sql.exec("INSERT OR IGNORE INTO taken VALUES (?, ?)", name, id);
      return sql
        .exec<{ version: number }>(
          "INSERT INTO clients VALUES (?, ?, 1, 0) ON CONFLICT (id) DO UPDATE SET json = excluded.json, version = version + 1, copied = 0 RETURNING version",
          id,
          JSON.stringify(client),
        )
        .one().version;
    });
    await this.#copy(client);
    return { client, version };
  }

  /** Former names first, so that a failure in between leaves a name without keys, never keys without their client. */
  async #copy(client: Client): Promise<void> {
    const { sql } = this.ctx.storage;
    const { client_id: id, actor } = client;
    const former = sql
      .exec<{ name: string }>("SELECT name FROM taken WHERE client = ? AND name <> ?", id, actor)
      .toArray();
    const { KV } = this.env;
    for (const { name } of former) await KV.delete(clientActorKey(name));
    await KV.put(clientKey(id), JSON.stringify(client));
    await KV.put(clientActorKey(actor), JSON.stringify(clientActor(client)));
    // The former names become free last; until then no keys count for them.
    this.ctx.storage.transactionSync(() => {
      sql.exec("DELETE FROM taken WHERE client = ? AND name <> ?", id, actor);
      sql.exec("UPDATE clients SET copied = 1 WHERE id = ?", id);
    });
  }
}
