/** Registering and removing one's own passkeys. For everybody who has signed in. */
import { Hono } from "hono";
import * as v from "valibot";
import { partyId } from "../chain/party.ts";
import { keepAct } from "./act.ts";
import type { ConsoleContext, ConsoleEnv } from "./edges.ts";
import { passkeysPage } from "./passkeys-page.ts";
import { Answered, askToRegister, hasPasskeys, register } from "./verify-passkey.ts";
import { show } from "./views.ts";

export function passkeyRoutes(): Hono<ConsoleEnv> {
  const app = new Hono<ConsoleEnv>();

  app.use("*", async (c, next) => {
    if (hasPasskeys(c.var.console)) return next();
    return refuse(c, 404, "the configuration knows no passkeys (`console.passkeys`)");
  });

  app.get("/", async (c) =>
    show(c, "Passkeys", "/console/passkeys", passkeysPage(await c.var.console.passkeys.list(partyId(c.var.member)))),
  );

  app.post("/challenge", async (c) => {
    if (!isFresh(c)) return refuse(c, 403, "sign in again to add a passkey: this takes a sign-in of the last minutes");
    return c.json(await askToRegister(c.var.member, c.var.console));
  });

  app.post("/", async (c) => {
    const { console: edges, member } = c.var;
    const answered = v.safeParse(Answered, await c.req.json().catch(() => undefined));
    if (!answered.success) return refuse(c, 400, "`nonce` and `response` are needed");
    if (!isFresh(c)) return refuse(c, 403, "sign in again to add a passkey: this takes a sign-in of the last minutes");
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

/** Whoever finds an open session must not make a passkey of their own the holder's. */
function isFresh({ var: { began, console: edges } }: ConsoleContext): boolean {
  const within = edges.config.console.passkeys?.register_within ?? 0;
  return edges.now() / 1000 - began <= within;
}

function refuse(c: ConsoleContext, status: 400 | 403 | 404 | 409, problem: string) {
  return c.json({ error: "invalid_request", error_description: problem }, status);
}
