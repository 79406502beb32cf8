/**
 * A person connects their account at a vendor: a page that explains it, the vendor's own pages, and back. The account
 * becomes the one of the person who has signed in here, whoever made the link (RFC 6749, section 10.12; RFC 9700,
 * section 4.4).
 */
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { ledgerOfDay, newAct } from "../../ledger/record.ts";
import { logFailure } from "../../log.ts";
import { connectPath, isFor } from "../../vendor/link.ts";
import { VendorRefused } from "../../vendor/server.ts";
import { hashOf } from "../grants/grant.ts";
import { connectPage, onwardPage, titleOf } from "./accounts-page.ts";
import { CONNECT_SECONDS, type Connecting, openConnecting, sealConnecting } from "./connecting.ts";
import { cookieOf, type DoorContext, type DoorVendor, hereOf } from "./door.ts";
import { makeFormToken, takeFormToken } from "./form-token.ts";
import { show, showProblem, whoIs } from "./pages.ts";
import { type Session, sessionOf } from "./session.ts";
import { startSignIn } from "./sign-in.ts";

const NAME = "hopgate_connect";
const UNREACHABLE = "The vendor cannot be reached, or does not answer correctly. Please try again later.";
const BEGIN_AGAIN = "The account was not connected. Go back and start again.";

export async function askToConnect(c: DoorContext): Promise<Response> {
  return withVendor(c, async (name, vendor) => {
    const { search, searchParams } = new URL(c.req.url);
    const session = await sessionOf(c);
    if (session === undefined) return startSignIn(c, connectPath(name) + search);
    const { door } = c.var;
    const tag = searchParams.get("for");
    if (tag !== null && !(await isFor(tag, name, session.subject, door.linkKey)))
      return showProblem(c, "This link was made for somebody else. Connect accounts of your own at /me.", 403);
    const token = await makeFormToken(session, ["connect", name, vendor.issuer, vendor.scope], door);
    const { person } = session;
    const who = person.name ?? person.sub;
    const frame = { title: "Connect your account?", top: whoIs(who) };
    return show(c, frame, connectPage({ name, vendor, token, who }));
  });
}

/** Redirects the person to the vendor. */
export async function startConnecting(c: DoorContext): Promise<Response> {
  return withVendor(c, async (name, vendor) => {
    const session = await sessionOf(c);
    if (session === undefined) return startSignIn(c, connectPath(name));
    const { door } = c.var;
    const form = new URLSearchParams(await c.req.text());
    const shown = ["connect", name, vendor.issuer, vendor.scope];
    if (!(await takeFormToken(form.get("token") ?? "", session, shown, door))) return showProblem(c, BEGIN_AGAIN, 403);
    const { url, state, verifier } = await vendor.server.ask(callbackOf(c, name), door);
    const expires = Math.floor(door.now() / 1000) + CONNECT_SECONDS;
    const connecting = { vendor: name, state, verifier, session: hashOf(session.secret, door.sha256), expires };
    const { name: cookie, options } = cookieOf(c, NAME);
    setCookie(c, cookie, await sealConnecting(connecting, door.connectKey), { ...options, maxAge: CONNECT_SECONDS });
    // Browsers apply `form-action` to redirects after a form too, and a vendor's further redirects are unknown.
    c.header("refresh", `0;url=${url.href}`);
    return show(c, { title: "Continue to the vendor" }, onwardPage(url.href, titleOf(name, vendor)));
  });
}

/**
 * The answer must belong to this browser's request, come from the vendor that it was sent to, in the same session, and
 * be used once.
 */
export async function finishConnecting(c: DoorContext): Promise<Response> {
  return withVendor(c, async (name, vendor) => {
    const { name: cookie, options } = cookieOf(c, NAME);
    const kept = getCookie(c, cookie);
    deleteCookie(c, cookie, options);
    const session = await sessionOf(c);
    const connecting = await connectingOf(c, kept, name, session);
    if (session === undefined || connecting === undefined) return showProblem(c, BEGIN_AGAIN, 403);
    const { door } = c.var;
    const { search } = new URL(c.req.url);
    const { tokens, scope } = await vendor.server.redeem(new URL(callbackOf(c, name) + search), connecting, door);
    await door.grantsOf(session.subject).keep(session.subject, name, tokens, scope);
    keepAct(c, session, "connected", { vendor: name, issuer: vendor.issuer, scope });
    return c.redirect("/me", 303);
  });
}

export async function disconnect(c: DoorContext): Promise<Response> {
  return withVendor(c, async (name, { issuer }) => {
    const session = await sessionOf(c);
    if (session === undefined) return startSignIn(c, "/me");
    const ended = await c.var.door.grantsOf(session.subject).end(session.subject, name);
    if (!ended) return showProblem(c, "It has already ended.", 404);
    keepAct(c, session, "disconnected", { vendor: name, issuer });
    return c.redirect("/me", 303);
  });
}

/** The connection that this browser began at this vendor; undefined if there is none, or it came back before. */
async function connectingOf(
  c: DoorContext,
  cookie: string | undefined,
  vendor: string,
  session: Session | undefined,
): Promise<Connecting | undefined> {
  const { door } = c.var;
  const now = Math.floor(door.now() / 1000);
  const connecting = cookie === undefined ? undefined : await openConnecting(cookie, door.connectKey, now);
  if (connecting === undefined || session === undefined) return undefined;
  if (connecting.vendor !== vendor || connecting.session !== hashOf(session.secret, door.sha256)) return undefined;
  return (await door.spendSignIn(connecting.state, connecting.expires)) ? connecting : undefined;
}

async function withVendor(
  c: DoorContext,
  serve: (name: string, vendor: DoorVendor) => Promise<Response>,
): Promise<Response> {
  const name = c.req.param("vendor") ?? "";
  const vendor = c.var.door.vendors.get(name);
  if (vendor === undefined) return showProblem(c, "There is no such vendor here.", 404);
  try {
    return await serve(name, vendor);
  } catch (error) {
    const status = error instanceof VendorRefused ? 403 : 503;
    logFailure("connect_failed", { status }, error);
    return showProblem(c, status === 403 ? BEGIN_AGAIN : UNREACHABLE, status);
  }
}

/**
 * One redirect URI for each vendor, so that one vendor's answer is never taken for another's (RFC 9700, section
 * 4.4.2.2).
 */
function callbackOf(c: DoorContext, vendor: string): string {
  return `${hereOf(c)}/me/connected/${vendor}`;
}

function keepAct(
  { var: { door } }: DoorContext,
  { person }: Session,
  act: "connected" | "disconnected",
  about: Readonly<Record<string, unknown>>,
): void {
  const by = { iss: person.iss, sub: person.sub, name: person.name };
  const done = newAct(door.now(), { act, by, about });
  door.service.keepAct(ledgerOfDay(done.time), done);
}
