/** `/admin/clients`: registering clients of the authorization server. */
import { Hono } from "hono";
import type { Env } from "../env.ts";
import type { ChangedClient, ClientRegistry } from "../oauth/client-registry.ts";
import { type Client, ClientRefused, type ClientStore, isClientId, parseClient } from "../oauth/clients.ts";
import { registeredClients } from "../oauth/registry.ts";
import type { NameChanged } from "./registry.ts";
import { entityTag, hasChanged, versionMeant } from "./version.ts";

export function clientAdmin(
  clientsOf: (env: Env) => ClientRegistry,
  store: ClientStore,
  nameChanged: NameChanged,
): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();

  app.get("/", async (c) => {
    return c.json({ clients: await registeredClients(c.env.KV) });
  });

  app.get("/:id", async (c) => {
    const id = c.req.param("id");
    const { client, version } = isClientId(id) ? await clientsOf(c.env).read(id) : { client: null, version: 0 };
    return client === null ? c.json({ error: "not_found" }, 404) : c.json(client, 200, entityTag(version));
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
    const put = await clientsOf(c.env).put(client, versionMeant(c));
    if ("refused" in put) {
      if (put.refused === "changed") return hasChanged(c);
      const description = `actor: is the client \`${put.by}\` already`;
      return c.json({ error: "conflict", error_description: description }, 409);
    }
    store.forget(client.client_id);
    const names = new Set([client.actor, put.before?.actor ?? client.actor]);
    for (const name of names) nameChanged(c, name, whatChanged(client, put));
    return c.json(client, 200, entityTag(put.version));
  });
  return app;
}

/** `scope` only if it has changed. */
function whatChanged(client: Client, { before }: ChangedClient): Readonly<Record<string, unknown>> {
  const { client_id: id, disabled } = client;
  const scope = client.scopes.join(" ");
  const isChanged = before !== null && before.scopes.join(" ") !== scope;
  return { client: id, disabled, ...(isChanged && { scope }) };
}
