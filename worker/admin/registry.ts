/** `/admin/registry`: the workloads whose keys are registered under their names. */
import { type Context, Hono } from "hono";
import type { Meant } from "../chain/names/meant.ts";
import { isName } from "../chain/names/registry.ts";
import { parseWorkload, type Workload } from "../chain/names/workload.ts";
import type { Registered, Unchanged } from "../chain/names/workloads.ts";
import type { Env } from "../env.ts";
import { listWorkloads } from "./registrations.ts";
import { entityTag, hasChanged, versionMeant } from "./version.ts";

type RegistryContext = Context<{ Bindings: Env }>;

/**
 * Clears what is remembered about keys of a name, and records that the holder of the admin token has changed them.
 *
 * @param about what was done
 */
export type NameChanged = (c: RegistryContext, name: string, about: Readonly<Record<string, unknown>>) => void;

/** A registered workload (worker/chain/names/workloads.ts). */
export interface WorkloadStore {
  read(): Promise<Registered>;
  put(workload: Workload, meant: Meant): Promise<Registered | Unchanged>;
  remove(meant: Meant): Promise<Registered | Unchanged>;
}

export type WorkloadOf = (env: Env, name: string) => WorkloadStore;

/** @param reviewDays days after which the owner must confirm the registration; undefined: never */
export function registryAdmin(
  workloadOf: WorkloadOf,
  nameChanged: NameChanged,
  reviewDays: number | undefined,
): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();

  app.get("/", async (c) => {
    return c.json({ workloads: await listWorkloads(c.env.KV) });
  });

  app.get("/:name", async (c) => {
    const name = c.req.param("name");
    return show(c, isName(name) ? await workloadOf(c.env, name).read() : { workload: null, version: 0 });
  });

  app.put("/:name", async (c) => {
    let workload: Workload;
    try {
      workload = withReview(parseWorkload(await c.req.json()), reviewDays, Date.now());
      if (workload.name !== c.req.param("name")) throw new Error("name: is not the one of the address");
    } catch (error) {
      return c.json({ error: "invalid_request", error_description: (error as Error).message }, 400);
    }
    const put = await workloadOf(c.env, workload.name).put(workload, versionMeant(c));
    if ("refused" in put) return hasChanged(c);
    const { keys, jwks_uri: uri, disabled, expires } = workload;
    nameChanged(c, workload.name, { keys: keys?.length ?? 0, jwks_uri: uri, disabled, expires });
    return show(c, put);
  });

  app.delete("/:name", async (c) => {
    const name = c.req.param("name");
    const store = isName(name) ? workloadOf(c.env, name) : undefined;
    const known = await store?.read();
    if (store === undefined || !known?.workload) return c.json({ error: "not_found" }, 404);
    const removed = await store.remove(versionMeant(c));
    if ("refused" in removed) return hasChanged(c);
    nameChanged(c, name, { removed: true });
    return c.body(null, 204);
  });
  return app;
}

function show(c: RegistryContext, { workload, version }: Registered) {
  if (workload === null) return c.json({ error: "not_found" }, 404);
  return c.json(workload, 200, entityTag(version));
}

/** Registering also confirms the registration; a date that is sent is kept. */
function withReview(workload: Workload, days: number | undefined, now: number): Workload {
  if (days === undefined || workload.review_by !== undefined) return workload;
  return { ...workload, review_by: new Date(now + days * 86_400_000).toISOString() };
}
