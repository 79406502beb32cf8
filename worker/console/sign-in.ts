/** Signing in and out, and who a request comes from. */
import { Hono, type MiddlewareHandler } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { IDToken } from "oauth4webapi";
import type { Issuer } from "../config.ts";
import { createFailureLog, logFailure } from "../log.ts";
import { type BeginOptions, beginSignIn, endSignIn, type OpenId } from "../people/openid.ts";
import { personOf } from "../people/person.ts";
import { makeSecret, takeSecret } from "../people/secrets.ts";
import { openSignIn, SIGN_IN_SECONDS, SignInRefused, sealSignIn } from "../people/sign-in-state.ts";
import { keepAct } from "./act.ts";
import { ownAddress, ownOrigin } from "./address.ts";
import type { ConsoleContext, ConsoleEnv } from "./edges.ts";
import type { Member } from "./member.ts";
import { placeOf, signInFor } from "./place.ts";
import { COOKIE, isRevoked, readSession, type Session, sessionOf, takeSession } from "./session.ts";
import { signInPage } from "./sign-in-page.ts";

const NOT_SIGNED_IN = "The sign-in did not succeed. Please try again.";
const REVOKED = "Your access was revoked.";
const NO_KEY = "The gateway has no signing key.";
const STATE_COOKIE = "hopgate_sign_in";
/** For adding a passkey: the person authenticates even if the provider still has a session. */
export const SIGN_IN_AGAIN = "/console/sign-in/oidc?again=passkeys";

/** Lax, so that a link to an approval works; every change is a POST, which `csrf` binds to the console's own pages. */
function cookieOptions(c: ConsoleContext, maxAge: number) {
  return {
    path: "/console",
    httpOnly: true,
    sameSite: "Lax",
    secure: ownOrigin(c).startsWith("https:"),
    maxAge,
  } as const;
}

export function signInRoutes(): Hono<ConsoleEnv> {
  const app = new Hono<ConsoleEnv>();
  const logNoKey = createFailureLog("sign_in_failed");
  const withoutKey = (c: ConsoleContext) => {
    logNoKey({ rule: "signing_unavailable", status: 503 }, (rest) => c.executionCtx.waitUntil(rest));
    return c.html(view(c, "", NO_KEY), 503);
  };

  app.get("/sign-in", (c) => c.html(view(c, c.req.query("token") ?? "")));

  app.post("/sign-in", async (c) => {
    const { console: edges } = c.var;
    const { token, to } = await c.req.parseBody();
    const known =
      edges.config.console.local && typeof token === "string" ? await takeSession("token", token, edges) : undefined;
    if (known === undefined)
      return c.html(view(c, "", "This token is not valid: it was used, has expired, or never existed.", to), 401);
    const session = await begin(c, known);
    if (session === undefined) return c.html(view(c, "", REVOKED, to), 401);
    // Programs get the session's secret in the answer.
    return c.req.header("accept")?.includes("application/json") ? c.json({ session }) : c.redirect(placeOf(to));
  });

  app.get("/sign-in/oidc", async (c) => {
    const { openId, signInKey } = c.var.console;
    if (openId === undefined) return c.html(view(c, "", "No identity provider is configured."), 404);
    const key = await signInKey();
    if (key === undefined) return withoutKey(c);
    try {
      const terms = c.req.query("again") === "passkeys" ? authenticatingAgain(c) : { to: placeOf(c.req.query("to")) };
      const { url, signIn } = await beginSignIn(openId, { callback: callbackOf(c), ...terms }, c.var.console);
      setCookie(c, STATE_COOKIE, await sealSignIn(signIn, key), cookieOptions(c, SIGN_IN_SECONDS));
      return c.redirect(url.href);
    } catch (error) {
      logFailure("sign_in_failed", { status: 503 }, error);
      return c.html(view(c, "", "The identity provider cannot be reached."), 503);
    }
  });

  app.get("/callback", async (c) => {
    const { openId, signInKey, now } = c.var.console;
    const cookie = getCookie(c, STATE_COOKIE);
    deleteCookie(c, STATE_COOKIE, { path: "/console" });
    if (openId === undefined || cookie === undefined) return c.html(view(c, "", NOT_SIGNED_IN), 401);
    const key = await signInKey();
    if (key === undefined) return withoutKey(c);
    try {
      const signIn = await openSignIn(cookie, key, Math.floor(now() / 1000));
      const claims = await endSignIn(openId, ownAddress(c), signIn, c.var.console);
      const member = memberIn(claims, openId.oidc, c.var.console.config.issuers);
      const session = await begin(c, sessionOf(member, claims.auth_time, c.var.console));
      return session === undefined ? c.html(view(c, "", REVOKED), 401) : c.redirect(signIn.to ?? "/console");
    } catch (error) {
      const status = error instanceof SignInRefused ? 401 : 503;
      logFailure("sign_in_failed", { status }, error);
      if (status === 401) return c.html(view(c, "", NOT_SIGNED_IN), 401);
      return c.html(view(c, "", "The sign-in cannot be finished now. Please start again."), 503);
    }
  });

  app.post("/sign-out", async (c) => {
    const session = getCookie(c, COOKIE);
    if (session !== undefined) await takeSecret("session", session, c.var.console);
    deleteCookie(c, COOKIE, { path: "/console" });
    return c.redirect("/console/sign-in");
  });
  return app;
}

/** Lets requests with a session pass (cookie or bearer header); others get the sign-in page. */
export const signedIn: MiddlewareHandler<ConsoleEnv> = async (c, next) => {
  const bearer = /^Bearer ([\w-]+)$/.exec(c.req.header("authorization") ?? "")?.[1];
  const session = bearer ?? getCookie(c, COOKIE);
  const held = session === undefined ? undefined : await readSession(session, c.var.console);
  if (held === undefined) {
    if (bearer !== undefined) return c.json({ error: "invalid_token" }, 401);
    deleteCookie(c, COOKIE, { path: "/console" });
    return c.redirect(signInFor(c.req.method, c.req.path));
  }
  c.set("member", held.member);
  c.set("authenticated", held.authenticated);
  return next();
};

/** @returns the secret; undefined if the person was revoked */
async function begin(c: ConsoleContext, session: Session): Promise<string | undefined> {
  const { console: edges } = c.var;
  if (await isRevoked(session, edges)) return undefined;
  const seconds = edges.config.console.session;
  const secret = await makeSecret("session", session, seconds, edges);
  setCookie(c, COOKIE, secret, cookieOptions(c, seconds));
  keepAct(edges, session.member, "signed_in", { groups: session.member.groups });
  return secret;
}

function memberIn(claims: IDToken, { groups_claim: name }: OpenId["oidc"], issuers: readonly Issuer[]): Member {
  const groups = claims[name];
  return {
    ...personOf(claims, issuers),
    groups: Array.isArray(groups)
      ? groups.filter((group): group is string => typeof group === "string" && group !== "")
      : [],
  };
}

/** With `max_age` the ID token must say when the person authenticated (OpenID Connect Core 1.0, section 3.1.2.1). */
function authenticatingAgain({ var: { console: edges } }: ConsoleContext): Pick<BeginOptions, "to" | "more"> {
  const maxAge = String(edges.config.console.passkeys?.register_within ?? 0);
  return { to: "/console/passkeys", more: { prompt: "login", max_age: maxAge } };
}

function callbackOf(c: ConsoleContext): string {
  return `${ownOrigin(c)}/console/callback`;
}

/** @param wanted the page that the person goes to afterwards; anybody can write it into a link or a form */
function view(c: ConsoleContext, token: string, problem?: string, wanted: unknown = c.req.query("to")) {
  const { local, oidc } = c.var.console.config.console;
  const to = placeOf(wanted);
  return signInPage({ local, oidc: oidc !== undefined, token, to, ...(problem !== undefined && { problem }) });
}
