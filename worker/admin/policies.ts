/** `/admin/policies`: uploading sets, releasing them, and reading what was released. */
import { type Context, Hono } from "hono";
import * as v from "valibot";
import type { Env } from "../env.ts";
import { COMPARISONS_NAME } from "../policy/comparisons.ts";
import { policySetKey, policySourceKey } from "../policy/document.ts";
import type { PolicyEdges, PolicyStore } from "../policy/load.ts";
import { PolicyRefused } from "../policy/refused.ts";
import type { Release } from "../policy/release.ts";
import { RELEASES_NAME } from "../policy/releases.ts";

type AdminContext = Context<{ Bindings: Env }>;

/** Text, so that the hash of a set is the hash of what was sent. */
const Upload = v.strictObject({ set: v.string(), source: v.string() });

export interface PolicyAdmin {
  readonly store: PolicyStore;
  edges(c: AdminContext): PolicyEdges;
}

export function policyAdmin({ store, edges }: PolicyAdmin): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();

  app.get("/", async (c) => {
    const releases = await c.env.RELEASES.getByName(RELEASES_NAME).list();
    const policyEdges = edges(c);
    const loaded = await store.loaded(policyEdges);
    return c.json({
      current: loaded?.current.hash,
      candidate: loaded?.candidate?.hash,
      releases: releases.map((text) => JSON.parse(text) as Release),
      publishers: policyEdges.publishers?.keys.flatMap(({ kid }) => kid ?? []) ?? [],
    });
  });

  app.put("/sets/:hash", async (c) => {
    const parsed = v.safeParse(Upload, await c.req.json().catch(() => undefined));
    if (!parsed.success) return refuse(c, "a set comes as JSON: `set` and `source`, both texts");
    const [bytes, source] = [parsed.output.set, parsed.output.source].map((text) => new TextEncoder().encode(text));
    return attempt(c, async () => {
      await store.upload(
        { bytes, source, hash: c.req.param("hash") } as Parameters<PolicyStore["upload"]>[0],
        edges(c),
      );
      return c.json({ stored: c.req.param("hash") }, 201);
    });
  });

  app.post("/releases", async (c) => {
    const jws = await c.req.text();
    return attempt(c, async () => c.json(await store.release(jws, edges(c)), 201));
  });

  app.get("/sets/:hash", (c) => content(c, policySetKey(c.req.param("hash"))));
  app.get("/sources/:hash", (c) => content(c, policySourceKey(c.req.param("hash"))));

  app.get("/comparison/:candidate", async (c) => {
    const comparison = await c.env.COMPARISONS.getByName(COMPARISONS_NAME).read(c.req.param("candidate"));
    return c.json({ ...comparison, differences: comparison.differences.map((text) => JSON.parse(text) as unknown) });
  });
  return app;
}

async function content(c: AdminContext, key: string): Promise<Response> {
  const bytes = await c.env.KV.get(key, "arrayBuffer");
  if (bytes === null) return c.json({ error: "not_found" }, 404);
  return new Response(bytes, { headers: { "content-type": "text/plain; charset=utf-8" } });
}

/** The author of a set or release needs to know what is wrong with it, so the message says it. */
async function attempt(c: AdminContext, work: () => Promise<Response>): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PolicyRefused) return refuse(c, error.message);
    throw error;
  }
}

function refuse(c: AdminContext, error_description: string): Response {
  return c.json({ error: "invalid_request", error_description }, 400);
}
