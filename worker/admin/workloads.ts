/** `GET /admin/workloads`: the inventory. */
import { Hono } from "hono";
import type { Env } from "../env.ts";
import { registeredClients } from "../oauth/registry.ts";
import { decisionIndex } from "../state/decisions.ts";
import { inventory } from "../state/inventory.ts";
import { listWorkloads } from "./registrations.ts";

/** @param gateway the gateway's id */
export function workloadAdmin(gateway: string): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();
  app.get("/", async (c) => {
    const [workloads, clients, registered] = await Promise.all([
      decisionIndex(c.env.DECISIONS).workloads(),
      registeredClients(c.env.KV),
      listWorkloads(c.env.KV),
    ]);
    return c.json({ workloads: inventory(workloads, clients, registered, gateway, Date.now()) });
  });
  return app;
}
