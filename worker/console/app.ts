/** `/console`: the page where people see what was done, decide what is asked of them, and take authority back. */
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { csrf } from "hono/csrf";
import { html } from "hono/html";
import { secureHeaders } from "hono/secure-headers";
import type { BodyTime } from "../content.ts";
import type { Env } from "../env.ts";
import { limitBody } from "../limit-body.ts";
import { ownOrigin } from "./address.ts";
import { approvalRoutes } from "./approvals.ts";
import type { Console, ConsoleContext, ConsoleEnv } from "./edges.ts";
import { LIVE_SCRIPT } from "./live.ts";
import { maySee } from "./member.ts";
import { operatorRoutes } from "./operate.ts";
import { page } from "./page.ts";
import { signedIn, signInRoutes } from "./sign-in.ts";
import { ICON, STYLE } from "./style.ts";
import { viewRoutes } from "./views.ts";

const SELF = ["'self'"];
/** Bytes of a form: a reason, a one-time token, names. */
const MAX_BODY = 16_384;

/** Nothing from elsewhere, nothing inline. */
const headers = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: SELF,
    scriptSrc: SELF,
    connectSrc: SELF,
    imgSrc: SELF,
    formAction: SELF,
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
  referrerPolicy: "no-referrer",
  xFrameOptions: "DENY",
});

/** @param consoleOf what serves a request */
export function consoleApp(
  consoleOf: (c: Context<{ Bindings: Env }>) => Console,
  bodyTime: BodyTime,
): Hono<ConsoleEnv> {
  const app = new Hono<ConsoleEnv>();
  app.use("*", headers, limitBody(MAX_BODY, bodyTime), async (c, next) => {
    c.set("console", consoleOf(c as unknown as Context<{ Bindings: Env }>));
    return next();
  });
  // A proxy in front may have ended TLS: the address that browsers know is the configuration's.
  const own = csrf({ origin: (origin, c) => origin === ownOrigin(c as unknown as ConsoleContext) });
  app.use("*", own, async (c, next) => {
    await next();
    if (!c.res.headers.has("cache-control")) c.header("cache-control", "no-store");
  });
  const kept = { "cache-control": "public, max-age=300" };
  app.get("/style.css", (c) => c.body(STYLE, 200, { ...kept, "content-type": "text/css; charset=utf-8" }));
  app.get("/icon.svg", (c) => c.body(ICON, 200, { ...kept, "content-type": "image/svg+xml" }));
  app.get("/live.js", (c) => c.body(LIVE_SCRIPT, 200, { ...kept, "content-type": "text/javascript; charset=utf-8" }));
  app.route("/", signInRoutes());
  app.use("*", signedIn);
  app.get("/", (c) =>
    c.redirect(maySee(c.var.member, c.var.console.config.console) ? "/console/decisions" : "/console/approvals"),
  );
  app.route("/approvals", approvalRoutes());
  app.use("*", auditorsOnly);
  app.route("/", viewRoutes());
  app.route("/", operatorRoutes());
  app.notFound((c) =>
    c.html(
      page({ title: "Not found" }, html`<p>There is no such page. <a href="/console">Back to the console</a></p>`),
      404,
    ),
  );
  return app;
}

/** Nobody without the role sees anything. */
const auditorsOnly: MiddlewareHandler<ConsoleEnv> = async (c, next) => {
  const { member, console } = c.var;
  if (maySee(member, console.config.console)) return next();
  const body = html`<p>Your groups may not see this: it takes one of those that the configuration names as auditors or operators.</p>`;
  return c.html(page({ title: "Not for you", member, roles: console.config.console }, body), 403);
};
