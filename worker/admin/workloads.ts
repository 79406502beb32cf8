/** `GET /admin/workloads`: the inventory; `GET /admin/evidence`: what the gateway can show of its controls. */
import { type Context, Hono } from "hono";
import type { Console } from "../console/edges.ts";
import type { Env } from "../env.ts";
import { LIFTED } from "../ledger/admission.ts";
import { inventory } from "../ledger/inventory.ts";
import type { Ledgers } from "../ledger/ledgers.ts";
import { registeredClients } from "../oauth/registry.ts";
import { evidenceOf } from "./evidence.ts";
import { listWorkloads } from "./registrations.ts";

export function evidenceAdmin(consoleOf: (c: Context<{ Bindings: Env }>) => Console): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();
  app.get("/", async (c) => {
    const { config, ledger, ...edges } = consoleOf(c);
    const [workloads, clients, held, history, revoked] = await Promise.all([
      edges.workloads(),
      edges.clients(),
      ledger.workloads(),
      edges.policies(),
      edges.revocations(),
    ]);
    const now = edges.now();
    const evidence = evidenceOf({
      config,
      workloads,
      clients,
      seen: inventory(held, clients, workloads, config.gateway.id, now),
      releases: history.releases,
      revoked: revoked.filter(({ before }) => before !== LIFTED).length,
      now,
    });
    return c.json({ gateway: config.gateway.id, time: new Date(now).toISOString(), evidence });
  });
  return app;
}

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
