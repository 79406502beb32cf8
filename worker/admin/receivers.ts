/** `/admin/receivers`: the state of delivery of security events, and sending parked ones again. */
import { type Context, Hono } from "hono";
import type { EventReceiver } from "../config.ts";
import type { Env } from "../env.ts";

export function receiverAdmin(receivers: readonly EventReceiver[]): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();
  const streamOf = (c: Context<{ Bindings: Env }>, id: string) => c.env.STREAMS.getByName(id);

  app.get("/", async (c) => {
    const reports = receivers.map(async ({ id, audience }) => ({ id, audience, ...(await streamOf(c, id).report()) }));
    return c.json({ receivers: await Promise.all(reports) });
  });

  app.post("/:id/retry", async (c) => {
    const id = c.req.param("id");
    if (!receivers.some((receiver) => receiver.id === id)) return c.json({ error: "not_found" }, 404);
    await streamOf(c, id).retry();
    return c.json(await streamOf(c, id).report());
  });
  return app;
}
