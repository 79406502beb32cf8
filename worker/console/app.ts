/** `/console`: the pages where people see what was done, decide approvals, and revoke authority. */
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { html } from "hono/html";
import type { BodyTime } from "../content.ts";
import type { Env } from "../env.ts";
import { limitBody } from "../limit-body.ts";
import { keptByNobody, ownForms, pageHeaders } from "../pages/headers.ts";
import { ICON, STYLE } from "../pages/style.ts";
import { approvalRoutes } from "./approvals.ts";
import type { Console, ConsoleContext, ConsoleEnv } from "./edges.ts";
import { LIVE_SCRIPT } from "./live.ts";
import { maySee } from "./member.ts";
import { operatorRoutes } from "./operate.ts";
import { PASSKEY_SCRIPT } from "./passkey-script.ts";
import { passkeyRoutes } from "./passkeys.ts";
import { failed, refusal, refuse } from "./refuse.ts";
import { reviewRoutes } from "./reviews.ts";
import { revocationRoutes } from "./revocations.ts";
import { signedIn, signInRoutes } from "./sign-in.ts";
import { viewRoutes } from "./views.ts";

/** Bytes of a form: a reason, a one-time token, names. */
const MAX_BODY = 16_384;

/** @param consoleOf what serves a request */
export function consoleApp(
  consoleOf: (c: Context<{ Bindings: Env }>) => Console,
  bodyTime: BodyTime,
): Hono<ConsoleEnv> {
  const app = new Hono<ConsoleEnv>();
  app.use("*", pageHeaders(), limitBody(MAX_BODY, bodyTime), async (c, next) => {
    c.set("console", consoleOf(c as unknown as Context<{ Bindings: Env }>));
    return next();
  });
  app.use(
    "*",
    ownForms((c) => (c as unknown as ConsoleContext).var.console.config.gateway.origins),
    keptByNobody,
  );
  const kept = { "cache-control": "public, max-age=300" };
  app.get("/style.css", (c) => c.body(STYLE, 200, { ...kept, "content-type": "text/css; charset=utf-8" }));
  app.get("/icon.svg", (c) => c.body(ICON, 200, { ...kept, "content-type": "image/svg+xml" }));
  app.get("/live.js", (c) => c.body(LIVE_SCRIPT, 200, { ...kept, "content-type": "text/javascript; charset=utf-8" }));
  app.get("/passkey.js", (c) =>
    c.body(PASSKEY_SCRIPT, 200, { ...kept, "content-type": "text/javascript; charset=utf-8" }),
  );
  app.route("/", signInRoutes());
  app.use("*", signedIn);
  app.get("/", (c) =>
    c.redirect(maySee(c.var.member, c.var.console.config.console) ? "/console/decisions" : "/console/approvals"),
  );
  app.route("/approvals", approvalRoutes());
  app.route("/passkeys", passkeyRoutes());
  app.route("/reviews", reviewRoutes());
  app.use("*", auditorsOnly);
  app.route("/", viewRoutes());
  app.route("/revocations", revocationRoutes());
  app.route("/", operatorRoutes());
  app.all("*", (c) => refuse(c, 404, "there is no such page"));
  app.onError(failed);
  return app;
}

/** Without the role, a person sees nothing. */
const auditorsOnly: MiddlewareHandler<ConsoleEnv> = async (c, next) => {
  const { member, console } = c.var;
  if (maySee(member, console.config.console)) return next();
  const body = html`<p>Only groups that the configuration names as auditors or operators may see this page, and you are in none of them.</p>`;
  return refusal(c, 403, "Not for you", body);
};
