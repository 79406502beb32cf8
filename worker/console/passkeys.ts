/** Registering and removing one's own passkeys, for everyone who has signed in. */
import { Hono } from "hono";
import * as v from "valibot";
import { partyId } from "../chain/party.ts";
import { keepAct } from "./act.ts";
import type { ConsoleContext, ConsoleEnv } from "./edges.ts";
import { passkeysPage } from "./passkeys-page.ts";
import { refuse } from "./refuse.ts";
import { SIGN_IN_AGAIN } from "./sign-in.ts";
import { Answered, askToRegister, hasPasskeys, register } from "./verify-passkey.ts";
import { show } from "./views.ts";

export function passkeyRoutes(): Hono<ConsoleEnv> {
  const app = new Hono<ConsoleEnv>();

  app.use("*", async (c, next) => {
    if (hasPasskeys(c.var.console)) return next();
    return refuse(c, 404, "there are no passkeys here: the configuration has no console.passkeys");
  });

  app.get("/", async (c) =>
    show(
      c,
      "Passkeys",
      "/console/passkeys",
      passkeysPage(await c.var.console.passkeys.list(partyId(c.var.member)), isFresh(c), againOf(c)),
    ),
  );

  app.post("/challenge", async (c) => {
    if (!isFresh(c)) return refuse(c, 403, NOT_FRESH);
    return c.json(await askToRegister(c.var.member, c.var.console));
  });

  app.post("/", async (c) => {
    const { console: edges, member } = c.var;
    const answered = v.safeParse(Answered, await c.req.json().catch(() => undefined));
    if (!answered.success) return refuse(c, 400, "`nonce` and `response` are needed");
    if (!isFresh(c)) return refuse(c, 403, NOT_FRESH);
    const passkey = await register(member, answered.output, edges);
    if (passkey === undefined) return refuse(c, 409, "the passkey is not accepted: please try again");
    keepAct(edges, member, "passkey_added", { passkey: passkey.id });
    return c.json({ id: passkey.id });
  });

  app.post("/:id/remove", async (c) => {
    const { console: edges, member } = c.var;
    const id = c.req.param("id");
    if (await edges.passkeys.remove(partyId(member), id)) keepAct(edges, member, "passkey_removed", { passkey: id });
    return c.redirect("/console/passkeys");
  });
  return app;
}

const NOT_FRESH = "sign in again to add a passkey: the provider must say that you have just authenticated";

/**
 * Someone who finds an open session, here or at the identity provider, must not be able to add their own passkey to it.
 * So what counts is when the person authenticated (`auth_time`; OpenID Connect Core 1.0, section 2), not when the
 * session here began.
 */
function isFresh({ var: { authenticated, console: edges } }: ConsoleContext): boolean {
  const within = edges.config.console.passkeys?.register_within ?? 0;
  return authenticated !== undefined && edges.now() / 1000 - authenticated <= within;
}

/** Address where people authenticate again; undefined without an identity provider. */
function againOf({ var: { console: edges } }: ConsoleContext): string | undefined {
  return edges.openId && SIGN_IN_AGAIN;
}
