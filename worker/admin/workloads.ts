/** `GET /admin/workloads`: the inventory. */
import { Hono } from "hono";
import type { Env } from "../env.ts";
import { inventory } from "../ledger/inventory.ts";
import type { Ledgers } from "../ledger/ledgers.ts";
import { registeredClients } from "../oauth/registry.ts";
import { listWorkloads } from "./registrations.ts";

/** @param gateway the gateway's id */
export function workloadAdmin(gateway: string, ledgerOf: (env: Env) => Ledgers): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();
  app.get("/", async (c) => {
    const [workloads, clients, registered] = await Promise.all([
      ledgerOf(c.env).workloads(),
      registeredClients(c.env.KV),
      listWorkloads(c.env.KV),
    ]);
    return c.json({ workloads: inventory(workloads, clients, registered, gateway, Date.now()) });
  });
  return app;
}
