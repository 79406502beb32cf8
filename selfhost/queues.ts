/** Queues on local storage: a Durable Object for each, which delivers messages to the Worker's `queue` handler. */
import { DurableObject } from "cloudflare:workers";
import { logEvent, logFailure } from "../worker/log.ts";

export type Consume = (batch: MessageBatch<never>) => Promise<void>;

/** As in wrangler.toml: messages in a batch, attempts, and milliseconds between attempts. */
const BATCH = 50;
const TRIES = 21;
const DELAY_MS = 5000;

type Row = { id: string; body: string; attempts: number; sent: number };

/** Made by `worker.ts`, which knows the handler. */
export abstract class WaitingQueue extends DurableObject {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never);
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS messages (id TEXT PRIMARY KEY, body TEXT NOT NULL, attempts INTEGER NOT NULL, sent INTEGER NOT NULL, due INTEGER NOT NULL)",
    );
    ctx.storage.sql.exec("CREATE INDEX IF NOT EXISTS messages_due ON messages (due)");
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS name (name TEXT NOT NULL)");
  }

  protected abstract consume(batch: MessageBatch<never>): Promise<void>;

  /** @param bodies JSON texts */
  async add(name: string, bodies: readonly string[]): Promise<void> {
    const { sql } = this.ctx.storage;
    if (sql.exec("SELECT name FROM name").toArray().length === 0) sql.exec("INSERT INTO name VALUES (?)", name);
    const now = Date.now();
    for (const body of bodies)
      sql.exec("INSERT INTO messages VALUES (?, ?, 1, ?, ?)", crypto.randomUUID(), body, now, now);
    await this.#wake();
  }

  /** The number of waiting messages, and when the oldest was sent, in milliseconds since the epoch. */
  backlog(): { count: number; oldest: number | null } {
    const query = "SELECT count(*) AS count, min(sent) AS oldest FROM messages";
    return this.ctx.storage.sql.exec<{ count: number; oldest: number | null }>(query).one();
  }

  /**
   * Delivers what is due, one batch at a time. An unacknowledged message is delivered again, and after its last attempt
   * logged and dropped.
   */
  override async alarm(): Promise<void> {
    const { sql } = this.ctx.storage;
    const due = "SELECT id, body, attempts, sent FROM messages WHERE due <= ? ORDER BY due LIMIT ?";
    const rows = sql.exec<Row>(due, Date.now(), BATCH).toArray();
    if (rows.length > 0) {
      const outcomes = await this.#deliver(rows);
      for (const { id, attempts } of rows) {
        const delay = outcomes.get(id);
        if (delay === undefined) sql.exec("DELETE FROM messages WHERE id = ?", id);
        else if (attempts >= TRIES) {
          logEvent("queue_gave_up", { count: attempts, about: { message: id } });
          sql.exec("DELETE FROM messages WHERE id = ?", id);
        } else {
          sql.exec("UPDATE messages SET attempts = attempts + 1, due = ? WHERE id = ?", Date.now() + delay, id);
        }
      }
    }
    await this.#wake();
  }

  /** @returns the messages to deliver again, and after how many milliseconds */
  async #deliver(rows: readonly Row[]): Promise<Map<string, number>> {
    const again = new Map<string, number>();
    const acked = new Set<string>();
    const messages = rows.map(({ id, body, attempts, sent }) => ({
      id,
      attempts,
      timestamp: new Date(sent),
      body: JSON.parse(body) as never,
      ack: () => void acked.add(id),
      retry: ({ delaySeconds }: { delaySeconds?: number } = {}) =>
        void again.set(id, delaySeconds === undefined ? DELAY_MS : delaySeconds * 1000),
    }));
    const { name } = this.ctx.storage.sql.exec<{ name: string }>("SELECT name FROM name").one();
    const batch = { queue: name, messages, ackAll: () => undefined, retryAll: () => undefined };
    try {
      await this.consume(batch as unknown as MessageBatch<never>);
    } catch (error) {
      logFailure("queue_retry", { about: { queue: name } }, error);
      for (const { id } of rows) if (!acked.has(id)) again.set(id, DELAY_MS);
    }
    return again;
  }

  async #wake(): Promise<void> {
    const { due } = this.ctx.storage.sql.exec<{ due: number | null }>("SELECT MIN(due) AS due FROM messages").one();
    if (due !== null) await this.ctx.storage.setAlarm(Math.max(due, Date.now()));
  }
}

/** The binding for the Worker. */
export function queueOn<Body>(namespace: DurableObjectNamespace<WaitingQueue>, name: string): Queue<Body> {
  const store = () => namespace.getByName(name);
  const queue = {
    send: (body: Body) => store().add(name, [JSON.stringify(body)]),
    sendBatch: (messages: Iterable<{ body: Body }>) =>
      store().add(
        name,
        [...messages].map(({ body }) => JSON.stringify(body)),
      ),
    metrics: async () => {
      const { count, oldest } = await store().backlog();
      return { backlogCount: count, ...(oldest !== null && { oldestMessageTimestamp: new Date(oldest) }) };
    },
  };
  return queue as unknown as Queue<Body>;
}
