/** `POST /admin/revocations`: takes authority back. */
import { Hono } from "hono";
import * as v from "valibot";
import { keysToRevoke, REVOCABLE } from "../chain/revocation.ts";
import { verificationCore } from "../core.ts";
import type { Env } from "../env.ts";
import { REVOCATIONS_NAME } from "../state/revocations.ts";

const Revocation = v.strictObject({
  kind: v.picklist(REVOCABLE),
  values: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(2)),
  reason: v.optional(v.string(), ""),
});

export function revocationAdmin(): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();
  app.post("/", async (c) => {
    const parsed = v.safeParse(Revocation, await c.req.json().catch(() => undefined));
    if (!parsed.success) {
      const problems = parsed.issues.map(({ message }) => message).join("; ");
      return c.json({ error: "invalid_request", error_description: problems }, 400);
    }
    const { kind, values, reason } = parsed.output;
    await c.env.REVOCATIONS.getByName(REVOCATIONS_NAME).revoke(
      keysToRevoke(kind, values, verificationCore().sha256),
      reason,
    );
    return c.json({ revoked: { kind, values } });
  });
  return app;
}
