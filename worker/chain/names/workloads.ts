/**
 * A registered workload, one object for each name. It makes changes of the registration one after the other, each from
 * the result of the one before, so that reviews and administrators cannot undo each other's changes. KV has the copy
 * that gateways read.
 */
import { DurableObject } from "cloudflare:workers";
import type { KeyValueStore } from "../../kv.ts";
import { createSerial } from "../../serial.ts";
import { isMeant, type Meant } from "./meant.ts";
import { keptKeysKey, workloadKey } from "./registry.ts";
import { type Review, reviewed } from "./review.ts";
import { isInForce, parseWorkload, type Workload } from "./workload.ts";

/** A registration as it is now. */
export interface Registered {
  /** Null if the name has none. */
  readonly workload: Workload | null;
  /** Counts its changes. */
  readonly version: number;
}

/** Why nothing was changed: the version is not the one that was meant, or the registration has ended. */
export interface Unchanged {
  readonly refused: "changed" | "ended";
}

type Row = {
  readonly workload: string | null;
  readonly version: number;
  /** 0 until KV has it. */
  readonly copied: number;
};

export class Workloads extends DurableObject<{ readonly KV: KeyValueStore }> {
  /** One change at a time, because each waits for KV in between. */
  readonly #inTurn = createSerial();

  constructor(ctx: DurableObjectState, env: { readonly KV: KeyValueStore }) {
    super(ctx, env);
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS registration (one INTEGER PRIMARY KEY CHECK (one = 1), workload TEXT, version INTEGER NOT NULL, copied INTEGER NOT NULL)",
    );
  }

  /** Rejects, like everything here, if KV cannot be reached: then it is not known what gateways read. */
  read(name: string): Promise<Registered> {
    return this.#inTurn(() => this.#current(name));
  }

  put(workload: Workload, meant: Meant): Promise<Registered | Unchanged> {
    return this.#change(workload.name, meant, workload);
  }

  /** The name keeps its version, so that a change meant for an earlier registration does not apply to a later one. */
  remove(name: string, meant: Meant): Promise<Registered | Unchanged> {
    return this.#change(name, meant, null);
  }

  review(name: string, review: Review): Promise<Registered | Unchanged> {
    return this.#inTurn(async () => {
      const { workload } = await this.#current(name);
      if (workload === null || !isInForce(workload, Date.now())) return { refused: "ended" };
      if (workload.owner !== review.owner) return { refused: "changed" };
      return this.#write(name, reviewed(workload, review));
    });
  }

  #change(name: string, meant: Meant, workload: Workload | null): Promise<Registered | Unchanged> {
    return this.#inTurn(async () => {
      const { workload: before, version } = await this.#current(name);
      if (!isMeant(meant, { version, isRegistered: before !== null })) return { refused: "changed" };
      return this.#write(name, workload);
    });
  }

  async #current(name: string): Promise<Registered> {
    const [row] = this.ctx.storage.sql
      .exec<Row>("SELECT workload, version, copied FROM registration WHERE one = 1")
      .toArray();
    // The registry may have been written before this object existed.
    if (row === undefined) return { workload: read(await this.env.KV.get(workloadKey(name))), version: 0 };
    if (row.copied === 0) await this.#copy(name, row.workload);
    return { workload: read(row.workload), version: row.version };
  }

  async #write(name: string, workload: Workload | null): Promise<Registered> {
    const json = workload === null ? null : JSON.stringify(workload);
    const { version } = this.ctx.storage.sql
      .exec<{ version: number }>(
        "INSERT INTO registration VALUES (1, ?, 1, 0) ON CONFLICT (one) DO UPDATE SET workload = excluded.workload, version = version + 1, copied = 0 RETURNING version",
        json,
      )
      .one();
    await this.#copy(name, json);
    return { workload, version };
  }

  async #copy(name: string, json: string | null): Promise<void> {
    const { KV } = this.env;
    if (json === null) await Promise.all([KV.delete(workloadKey(name)), KV.delete(keptKeysKey(name))]);
    else await KV.put(workloadKey(name), json);
    this.ctx.storage.sql.exec("UPDATE registration SET copied = 1 WHERE one = 1");
  }
}

function read(json: string | null): Workload | null {
  return json === null ? null : parseWorkload(JSON.parse(json));
}
