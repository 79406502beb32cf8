/** `POST /admin/console/tokens`: a one-time token with which a person signs in, if the configuration allows it. */
import { type Context, Hono } from "hono";
import * as v from "valibot";
import type { Console } from "../console/edges.ts";
import { MemberSchema } from "../console/member.ts";
import { sessionOf } from "../console/session.ts";
import type { Env } from "../env.ts";
import { makeSecret } from "../people/secrets.ts";
import { SIGN_IN_SECONDS } from "../people/sign-in-state.ts";

/**
 * `iss`: the issuer that knows the person as `sub`, so that they can be compared with the subject of what they approve.
 */
const Wish = v.object({ ...v.pick(MemberSchema, ["sub", "groups"]).entries, iss: v.optional(v.string()) });

export function consoleAdmin(consoleOf: (c: Context<{ Bindings: Env }>) => Console): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();
  app.post("/tokens", async (c) => {
    const edges = consoleOf(c);
    const refuse = (error_description: string) => c.json({ error: "invalid_request", error_description }, 400);
    if (!edges.config.console.local) return refuse("one-time tokens are off: console.local in the configuration");
    const wish = v.safeParse(Wish, await c.req.json().catch(() => undefined));
    if (!wish.success) return refuse("`sub` is a name, `groups` a list of names");
    const { sub, groups, iss = edges.config.console.local_issuer ?? edges.config.gateway.id } = wish.output;
    // Checked again at sign-in, because the person may be revoked in between. The holder of the admin token already
    // knows who it is.
    const session = sessionOf({ sub, groups, iss, names: [] }, Math.floor(edges.now() / 1000), edges);
    const token = await makeSecret("token", session, SIGN_IN_SECONDS, edges);
    return c.json({ token, expires_in: SIGN_IN_SECONDS }, 201);
  });
  return app;
}
