/** `/admin/clients`: registering those who may ask the authorization server. */
import { Hono } from "hono";
import type { Env } from "../env.ts";
import { ClientRefused, type ClientStore, clientKey, parseClient } from "../oauth/clients.ts";
import { registeredClients } from "../oauth/registry.ts";

export function clientAdmin(store: ClientStore): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();

  app.get("/", async (c) => {
    return c.json({ clients: await registeredClients(c.env.KV) });
  });

  app.get("/:id", async (c) => {
    const client = await c.env.KV.get(clientKey(c.req.param("id")), "json");
    return client === null ? c.json({ error: "not_found" }, 404) : c.json(client);
  });

  app.put("/:id", async (c) => {
    try {
      const client = parseClient(await c.req.json().catch(() => undefined));
      if (client.client_id !== c.req.param("id")) throw new ClientRefused("client_id: is not the one of the address");
      await c.env.KV.put(clientKey(client.client_id), JSON.stringify(client));
      store.forget(client.client_id);
      return c.json(client);
    } catch (error) {
      if (!(error instanceof ClientRefused)) throw error;
      return c.json({ error: "invalid_request", error_description: error.message }, 400);
    }
  });
  return app;
}
