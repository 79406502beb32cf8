/** Sign-in at the identity provider: afterwards the browser has a session, and continues where it was. */
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { logFailure } from "../../log.ts";
import { beginSignIn, endSignIn } from "../../people/openid.ts";
import { openSignIn, SIGN_IN_SECONDS, SignInRefused, sealSignIn } from "../../people/sign-in-state.ts";
import { cookieOf, type DoorContext, hereOf } from "./door.ts";
import { showProblem } from "./pages.ts";
import { signedInAs } from "./person.ts";
import { beginSession } from "./session.ts";

const NAME = "hopgate_person_sign_in";
const CALLBACK = "/oauth/callback";
/** Most characters that fit into the cookie. */
const MOST_TO = 2_400;

const UNREACHABLE = "The identity provider cannot be reached, or does not answer correctly. Please try again later.";
const NOT_SIGNED_IN = "The sign-in did not succeed. Go back and start again.";

/**
 * @param to path and query of the gateway to return to
 * @param more further parameters for the provider
 */
export async function startSignIn(
  c: DoorContext,
  to: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const { door } = c.var;
  if (to.length > MOST_TO) return showProblem(c, "The request is too long.", 400);
  try {
    const { url, signIn } = await beginSignIn(door.openId, { callback: hereOf(c) + CALLBACK, to, more }, door);
    const { name, options } = cookieOf(c, NAME);
    setCookie(c, name, await sealSignIn(signIn, door.signInKey), { ...options, maxAge: SIGN_IN_SECONDS });
    c.header("cache-control", "no-store");
    return c.redirect(url.href, 303);
  } catch (error) {
    logFailure("sign_in_failed", { status: 503 }, error);
    return showProblem(c, UNREACHABLE, 503);
  }
}

/** The answer must belong to this browser's request; nothing is stored about a sign-in that fails. */
export async function finishSignIn(c: DoorContext): Promise<Response> {
  const { door } = c.var;
  const { name, options } = cookieOf(c, NAME);
  const cookie = getCookie(c, name);
  deleteCookie(c, name, options);
  if (cookie === undefined) return showProblem(c, NOT_SIGNED_IN, 401);
  const now = Math.floor(door.now() / 1000);
  try {
    const signIn = await openSignIn(cookie, door.signInKey, now);
    const { pathname, search } = new URL(c.req.url);
    const claims = await endSignIn(door.openId, new URL(hereOf(c) + pathname + search), signIn, door);
    const { config, core } = door.service;
    const reading = { issuers: config.issuers, gateway: config.gateway.id, now, sha256: core.sha256 };
    if (!(await beginSession(c, { ...signedInAs(claims, reading), to: signIn.to })))
      return showProblem(c, "Your access was revoked.", 403);
    return c.redirect(signIn.to ?? "/me", 303);
  } catch (error) {
    const status = error instanceof SignInRefused ? 401 : 503;
    logFailure("sign_in_failed", { status }, error);
    return showProblem(c, status === 401 ? NOT_SIGNED_IN : UNREACHABLE, status);
  }
}
