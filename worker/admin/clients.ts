/** `/admin/clients`: registering those who may ask the authorization server. */
import { Hono } from "hono";
import { clientActorKey } from "../chain/names/registry.ts";
import type { ClientActor } from "../chain/names/workload.ts";
import type { Env } from "../env.ts";
import { NAMES_NAME } from "../oauth/actor-names.ts";
import { type Client, ClientRefused, type ClientStore, clientActor, clientKey, parseClient } from "../oauth/clients.ts";
import { registeredClients } from "../oauth/registry.ts";
import type { NameChanged } from "./registry.ts";

export function clientAdmin(store: ClientStore, nameChanged: NameChanged): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();

  app.get("/", async (c) => {
    return c.json({ clients: await registeredClients(c.env.KV) });
  });

  app.get("/:id", async (c) => {
    const client = await c.env.KV.get(clientKey(c.req.param("id")), "json");
    return client === null ? c.json({ error: "not_found" }, 404) : c.json(client);
  });

  app.put("/:id", async (c) => {
    let client: Client;
    try {
      client = parseClient(await c.req.json().catch(() => undefined));
      if (client.client_id !== c.req.param("id")) throw new ClientRefused("client_id: is not the one of the address");
    } catch (error) {
      if (!(error instanceof ClientRefused)) throw error;
      return c.json({ error: "invalid_request", error_description: error.message }, 400);
    }
    const { client_id: id, actor } = client;
    const names = c.env.NAMES.getByName(NAMES_NAME);
    const known = await c.env.KV.get<ClientActor>(clientActorKey(actor), "json");
    const owner = await names.take(actor, id, known?.client_id);
    if (owner !== id) {
      const description = `actor: is the client \`${owner}\` already`;
      return c.json({ error: "conflict", error_description: description }, 409);
    }
    const before = await c.env.KV.get<Client>(clientKey(id), "json");
    // The old name first, so that a failure halfway leaves a name without keys, never keys without their client.
    if (before !== null && before.actor !== actor) await c.env.KV.delete(clientActorKey(before.actor));
    await c.env.KV.put(clientKey(id), JSON.stringify(client));
    await c.env.KV.put(clientActorKey(actor), JSON.stringify(clientActor(client)));
    // What it was called before is free for others last of all: until then nobody's keys count for it.
    await names.keepOnly(actor, id);
    store.forget(id);
    const scope = client.scopes.join(" ");
    const isChanged = before !== null && before.scopes.join(" ") !== scope;
    const changed = { client: id, disabled: client.disabled, ...(isChanged && { scope }) };
    for (const name of new Set([actor, before?.actor ?? actor])) nameChanged(c, name, changed);
    return c.json(client);
  });
  return app;
}
