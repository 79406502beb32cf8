/** What one commit of a Durable Object costs: `/commit` inserts a row of the size of a record, `/call` does nothing there. */
import { DurableObject } from "cloudflare:workers";

interface Env {
  readonly STORE: DurableObjectNamespace<Store>;
}

const ROW = "r".repeat(3500);

export class Store extends DurableObject {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS entries (seq INTEGER PRIMARY KEY, record TEXT NOT NULL)");
  }

  call(): string {
    return "called";
  }

  commit(): string {
    this.ctx.storage.sql.exec("INSERT INTO entries (record) VALUES (?)", ROW);
    return "committed";
  }
}

export default {
  async fetch(request, { STORE }) {
    const store = STORE.getByName("store");
    const { pathname } = new URL(request.url);
    return new Response(pathname === "/commit" ? await store.commit() : await store.call());
  },
} satisfies ExportedHandler<Env>;
