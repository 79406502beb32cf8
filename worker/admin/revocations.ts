/** `POST /admin/revocations`: revokes authority. */
import { type Context, Hono } from "hono";
import * as v from "valibot";
import type { Env } from "../env.ts";
import { type KnownNames, requireKnown } from "../revocation/known.ts";
import { type RevocationName, RevocationRefused, readRevocationName } from "../revocation/name.ts";

const Body = v.looseObject({
  reason: v.optional(v.pipe(v.string(), v.maxLength(300)), ""),
  /** Also revoke a name that is not known here: of something that is still to come, or that was registered once. */
  unknown: v.optional(v.boolean(), false),
  /** Only what was issued until now: who signs in again, or has another key, can go on. */
  earlier: v.optional(v.boolean(), false),
});

const Reopening = v.strictObject({
  task: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)),
  reason: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(300)),
});

export interface Why {
  readonly reason: string;
  readonly earlier: boolean;
}

/**
 * Revokes, and records that the holder of the admin token did.
 *
 * @returns shards of the ledger that do not know it yet
 * @throws RevocationRefused if this kind of name cannot be revoked as `earlier`
 */
export type Revoke = (c: Context<{ Bindings: Env }>, name: RevocationName, why: Why) => Promise<string[]>;

/** Reopens a task that was ended, and records that the holder of the admin token did. @returns as `Revoke` */
export type Reopen = (c: Context<{ Bindings: Env }>, task: string, reason: string) => Promise<string[]>;

export function revocationAdmin(
  revoke: Revoke,
  reopen: Reopen,
  knownNames: (c: Context<{ Bindings: Env }>) => KnownNames,
): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();
  app.post("/", async (c) => {
    try {
      const { reason, unknown, earlier, ...named } = read(await c.req.json().catch(() => undefined));
      const name = readRevocationName(named);
      if (!unknown) await requireKnown(name, knownNames(c));
      const pending = await revoke(c, name, { reason, earlier });
      // 202: requests of tasks in these shards may pass until the shards know of it; delivery is retried until they do.
      return pending.length === 0 ? c.json({ revoked: name }) : c.json({ revoked: name, pending }, 202);
    } catch (error) {
      if (!(error instanceof RevocationRefused)) throw error;
      return c.json({ error: "invalid_request", error_description: error.message }, 400);
    }
  });
  app.post("/reopened", async (c) => {
    const body = v.safeParse(Reopening, await c.req.json().catch(() => undefined));
    if (!body.success)
      return c.json(
        { error: "invalid_request", error_description: "takes JSON: `task`, its identity, and `reason`" },
        400,
      );
    const { task, reason } = body.output;
    const pending = await reopen(c, task, reason);
    return pending.length === 0 ? c.json({ reopened: task }) : c.json({ reopened: task, pending }, 202);
  });
  return app;
}

function read(body: unknown): v.InferOutput<typeof Body> {
  const parsed = v.safeParse(Body, body);
  if (parsed.success) return parsed.output;
  throw new RevocationRefused(
    "takes JSON: `kind`, what that kind is named by, `reason`, at most 300 characters, `unknown` and `earlier`, true or false",
  );
}
