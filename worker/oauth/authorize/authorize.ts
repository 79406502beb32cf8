/**
 * `/oauth/authorize`: a client sends a person here; they sign in, see which client asks for what, and their answer is
 * sent to the client.
 */
import { logFailure } from "../../log.ts";
import { asOauthError, OauthError, statusOf } from "../errors.ts";
import { parametersOf } from "../parameters.ts";
import { answerClient, denied, errorOf, isVouched } from "./answer.ts";
import { isEnough, providerParameters, readWanted } from "./authentication.ts";
import { questionOf } from "./consent.ts";
import { consentPage } from "./consent-page.ts";
import type { DoorContext } from "./door.ts";
import { makeFormToken, takeFormToken } from "./form-token.ts";
import { giveCode, lastsOf } from "./give-code.ts";
import { show, showProblem, whoIs } from "./pages.ts";
import { type Asker, type AuthorizationRequest, readAsker, readRequest } from "./request.ts";
import { type Session, sessionOf } from "./session.ts";
import { startSignIn } from "./sign-in.ts";

/** Sends the person to sign in, or asks them. */
export async function askPerson(c: DoorContext): Promise<Response> {
  const query = new URL(c.req.url).search.slice(1);
  return withRequest(c, query, async (request) => {
    const session = await personFor(c, query);
    return session instanceof Response ? session : showQuestion(c, request, session, query);
  });
}

/** Handles the person's answer. */
export async function hearPerson(c: DoorContext): Promise<Response> {
  const form = new URLSearchParams(await c.req.text());
  const query = form.get("query") ?? "";
  return withRequest(c, query, async (request) => {
    const session = await personFor(c, query);
    if (session instanceof Response) return session;
    const { door } = c.var;
    const question = questionOf(request, lastsOf(door.service));
    const isOurs = await takeFormToken(form.get("token") ?? "", session, [query, question], door);
    if (!isOurs) return showProblem(c, "This page has expired. Go back and start again.", 403);
    if (form.get("decision") !== "allow") throw denied();
    const scopes = request.scopes.filter((scope) => form.getAll("scope").includes(scope));
    if (scopes.length === 0 && request.scopes.length > 0) throw denied();
    const code = await giveCode({ ...request, scopes }, session, door.service);
    return answerClient(request, { code }, door.service.config.gateway.id);
  });
}

/**
 * The person, if they have signed in as requested; else a redirect to sign in.
 *
 * @throws OauthError `unmet_authentication_requirements` if they have just signed in, but not as requested
 */
async function personFor(c: DoorContext, query: string): Promise<Session | Response> {
  const to = `/oauth/authorize?${query}`;
  const wanted = readWanted(parametersOf(new URLSearchParams(query)));
  const session = await sessionOf(c);
  if (session !== undefined && isEnough(session, wanted, Math.floor(c.var.door.now() / 1000))) return session;
  if (session?.to === to)
    throw new OauthError("unmet_authentication_requirements", "the person did not sign in as the request requires");
  return startSignIn(c, to, providerParameters(wanted));
}

/**
 * Reads the request. Errors go only to the person until client and redirect URI are known to belong together, and
 * always for clients that registered themselves.
 */
async function withRequest(
  c: DoorContext,
  query: string,
  serve: (request: AuthorizationRequest) => Promise<Response>,
): Promise<Response> {
  const { service } = c.var.door;
  let asker: Asker | undefined;
  let request: AuthorizationRequest | undefined;
  try {
    const parameters = parametersOf(new URLSearchParams(query));
    asker = await readAsker(parameters, service);
    request = readRequest(parameters, asker, service.config);
    return await serve(request);
  } catch (cause) {
    const error = asOauthError(cause);
    if (statusOf(error) >= 500) logFailure("authorize_failed", { rule: error.code }, error);
    const mayTell = asker !== undefined && (isVouched(asker) || request !== undefined);
    if (asker === undefined || !mayTell) return showProblem(c, sentence(error.message), statusFor(error));
    return answerClient(asker, errorOf(error), service.config.gateway.id);
  }
}

function statusFor(error: OauthError): 400 | 503 {
  return statusOf(error) >= 500 ? 503 : 400;
}

function sentence(text: string): string {
  return `The application that sent you here has sent a request that cannot be fulfilled: ${text}.`;
}

async function showQuestion(
  c: DoorContext,
  request: AuthorizationRequest,
  session: Session,
  query: string,
): Promise<Response> {
  const { door } = c.var;
  const question = questionOf(request, lastsOf(door.service));
  const token = await makeFormToken(session, [query, question], door);
  const words = door.service.config.oauth.sign_in?.words ?? {};
  const { person } = session;
  const frame = { title: "May it act for you?", top: whoIs(person.name ?? person.sub) };
  // Browsers apply `form-action` to the redirect after a form too.
  return show(c, frame, consentPage({ question, query, token, words }), { forms: [sourceOf(request.redirectUri)] });
}

/** A source expression of CSP; for an IPv6 address only the scheme can be written. */
function sourceOf(uri: string): string {
  const { origin, protocol, hostname } = new URL(uri);
  return origin === "null" || hostname.startsWith("[") ? protocol : origin;
}
