/** `/admin/registry`: the workloads whose keys are registered under their names. */
import { type Context, Hono } from "hono";
import { parseWorkload, type Workload } from "../chain/names/workload.ts";
import type { Env } from "../env.ts";
import { listWorkloads, readWorkload, removeWorkload, writeWorkload } from "./registrations.ts";

/**
 * Asks anew how keys of a name are proven, and records that the holder of the admin token has changed that.
 *
 * @param about what was done
 */
export type NameChanged = (
  c: Context<{ Bindings: Env }>,
  name: string,
  about: Readonly<Record<string, unknown>>,
) => void;

/** @param reviewDays after which its owner must confirm what is registered; undefined: never */
export function registryAdmin(nameChanged: NameChanged, reviewDays: number | undefined): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();

  app.get("/", async (c) => {
    return c.json({ workloads: await listWorkloads(c.env.KV) });
  });

  app.get("/:name", async (c) => {
    const workload = await readWorkload(c.env.KV, c.req.param("name"));
    return workload === null ? c.json({ error: "not_found" }, 404) : c.json(workload);
  });

  app.put("/:name", async (c) => {
    let workload: Workload;
    try {
      workload = withReview(parseWorkload(await c.req.json()), reviewDays, Date.now());
      if (workload.name !== c.req.param("name")) throw new Error("name: is not the one of the address");
    } catch (error) {
      return c.json({ error: "invalid_request", error_description: (error as Error).message }, 400);
    }
    await writeWorkload(c.env.KV, workload);
    const { keys, jwks_uri: uri, disabled, expires } = workload;
    nameChanged(c, workload.name, { keys: keys?.length ?? 0, jwks_uri: uri, disabled, expires });
    return c.json(workload);
  });

  app.delete("/:name", async (c) => {
    const name = c.req.param("name");
    if ((await readWorkload(c.env.KV, name)) === null) return c.json({ error: "not_found" }, 404);
    await removeWorkload(c.env.KV, name);
    nameChanged(c, name, { removed: true });
    return c.body(null, 204);
  });
  return app;
}

/** What is registered is confirmed with it; who sends a date keeps it. */
function withReview(workload: Workload, days: number | undefined, now: number): Workload {
  if (days === undefined || workload.review_by !== undefined) return workload;
  return { ...workload, review_by: new Date(now + days * 86_400_000).toISOString() };
}
