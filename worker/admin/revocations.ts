/** `POST /admin/revocations`: takes authority back. */
import { type Context, Hono } from "hono";
import * as v from "valibot";
import { REVOCABLE, type Revocable } from "../chain/revocation.ts";
import type { Env } from "../env.ts";

const Revocation = v.strictObject({
  kind: v.picklist(REVOCABLE),
  values: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(2)),
  reason: v.optional(v.string(), ""),
});

/** Revokes, and records that the holder of the admin token did. */
export type Revoke = (
  c: Context<{ Bindings: Env }>,
  kind: Revocable,
  values: readonly string[],
  reason: string,
) => Promise<void>;

export function revocationAdmin(revoke: Revoke): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();
  app.post("/", async (c) => {
    const parsed = v.safeParse(Revocation, await c.req.json().catch(() => undefined));
    if (!parsed.success) {
      const problems = parsed.issues.map(({ message }) => message).join("; ");
      return c.json({ error: "invalid_request", error_description: problems }, 400);
    }
    const { kind, values, reason } = parsed.output;
    await revoke(c, kind, values, reason);
    return c.json({ revoked: { kind, values } });
  });
  return app;
}
