/** Stage 1: finds the route and the credential. Uses only the request; nothing in the result is verified. */
import { mustSeeAll, type Operation, type Route } from "../config.ts";
import { type BodyTime, readRequest } from "../content.ts";
import { HopError } from "../errors.ts";
import { originOf } from "../http/origins.ts";
import { isPlainPath, pathAsSent } from "../http/path.ts";
import { MOST_TARGET, type Parameter, readQuery } from "../http/query.ts";
import { readMessage } from "../mcp/json-rpc.ts";
import { eraOf, MODERN, type Revision } from "../mcp/methods.ts";
import { type MirroredArgument, requireMirrored, requireMirroredArguments } from "../mcp/mirrored.ts";
import { metaOf, revisionOf } from "../mcp/revision.ts";
import { operationOf, toolCallOf } from "../mcp/tool-call.ts";
import type { Presentation, Spoken, ToolCall, TraceContext } from "../presentation.ts";
import { sentInstead } from "../sent.ts";
import { continueTrace } from "../trace.ts";
import { digestOf, isDigestOf } from "../trust/content-digest.ts";
import { credentialOf } from "./credential.ts";
import { readDetails, readsBodyForDetails } from "./details.ts";
import { readEnvelope } from "./envelope.ts";
import type { Gateway } from "./gateway.ts";
import { overrideOf } from "./override.ts";

type Parsing = Pick<Gateway, "config" | "core" | "matchRoute" | "now">;

/**
 * @param proxy the name of the proxy that asks and forwards; undefined if the gateway forwards
 * @throws HopError `misdirected_request`, `target_too_long`, `path_ambiguous`, `route_unknown`, `route_elsewhere`,
 * `route_unseen`, `origin_refused`, `query_ambiguous`, `method_not_allowed`, `upgrade_refused`, `body_refused`,
 * `encoding_refused`, `credential_*`, `proof_*`, `chain_too_long`, `body_incomplete`, `content_too_large`,
 * `digest_mismatch`, `envelope_malformed`, `message_malformed`, `message_unreadable`, `number_inexact`, `tool_*`,
 * `detail_unreadable`, `approval_malformed`, `emergency_*`
 */
export async function parse(request: Request, id: string, gateway: Parsing, proxy?: string): Promise<Presentation> {
  const url = ownUrl(request.url, gateway);
  const route = routeOf(url, gateway);
  requireForwarder(route, proxy);
  requireOrigin(request.headers, url, route);
  const query = queryOf(url, route);
  const method = methodOf(request.method, route);
  const websocket = opensWebSocket(request, route, proxy);
  requireBodyAsJudged(request, route, method);
  const { credential: presented, proof } = credentialOf(request, route);
  // An envelope contains the chain, encoded in base64url again.
  const most = gateway.config.gateway.max_bytes * (route.envelope ? 2 : 1);
  if (presented.length > most) throw new HopError("chain_too_long");
  const content = readsBody(route, method, request)
    ? await contentOf(request, route, gateway.config.gateway)
    : undefined;
  const digest = route.sign ? await digestToSign(request.headers, content) : undefined;
  const envelope =
    route.envelope && content !== undefined
      ? readEnvelope(presented, request, content, route.upstream !== undefined, gateway)
      : undefined;
  const credential = envelope?.unverifiedClaims.chain ?? presented;
  if (credential.length > gateway.config.gateway.max_bytes) throw new HopError("chain_too_long");
  if (!/^[A-Za-z0-9._~-]*$/.test(credential)) throw new HopError("credential_malformed");
  if (!route.proof.includes(proof.kind))
    throw new HopError("proof_not_accepted", { sent: sentInstead(proof.kind, route.proof) });
  const override = overrideOf(request.headers, route);
  const { rpc, tool } = route.tools && content ? readSpoken(content, request.headers, route) : UNSPOKEN;
  const operation = operationOf(route, method, tool);
  const contentType = request.headers.get("content-type");
  const needed = readDetails(operation, { route, path: url.pathname, query, content, contentType, tool });
  return {
    id,
    received: gateway.now(),
    request,
    url,
    query,
    route,
    proxy,
    method,
    websocket,
    unverifiedChain: credential,
    proof,
    content,
    digest,
    envelope,
    rpc,
    session: undefined,
    tool,
    operation,
    needed,
    ...override,
    trace: traceOf(request.headers, rpc),
  };
}

interface Heard {
  readonly rpc: Spoken | undefined;
  readonly tool: ToolCall | undefined;
}

const UNSPOKEN: Heard = { rpc: undefined, tool: undefined };

/** The message and its revision. Errors from here on have the request's id. */
function readSpoken(content: Uint8Array, headers: Headers, route: Route): Heard {
  const message = readMessage(content, headers.get("content-type"));
  let revision: Revision = MODERN;
  try {
    revision = revisionOf(message, headers.get("mcp-protocol-version"));
    const isModern = eraOf(revision) === "modern";
    if (isModern) requireMirrored(headers, message);
    const tool = toolCallOf(message, revision, route);
    if (isModern) requireMirroredArguments(headers, message, mirroredIn(route, tool));
    return { rpc: { message, revision }, tool };
  } catch (cause) {
    if (cause instanceof HopError) throw cause.with({ spoken: { message, revision } });
    throw cause;
  }
}

function mirroredIn({ tools = {} }: Route, tool: ToolCall | undefined): readonly MirroredArgument[] {
  const declared = tool !== undefined && Object.hasOwn(tools, tool.name) ? tools[tool.name]?.arguments : undefined;
  return Object.entries(declared ?? {}).flatMap(([argument, type]) =>
    typeof type === "object" && type.header !== undefined ? [{ argument, header: type.header }] : [],
  );
}

/** A message may carry the trace itself (2026-07-28, Base protocol, "OpenTelemetry trace context"). */
function traceOf(headers: Headers, rpc: Spoken | undefined): TraceContext {
  const { traceparent, tracestate } = rpc === undefined ? {} : metaOf(rpc.message);
  const isField = (value: unknown): value is string => typeof value === "string" && /^[\x20-\x7e]+$/.test(value);
  if (headers.has("traceparent") || !isField(traceparent)) return continueTrace(headers);
  return continueTrace(new Headers({ traceparent, ...(isField(tracestate) && { tracestate }) }));
}

/** The request's URL, under the origin from the configuration. */
function ownUrl(raw: string, { config }: Parsing): URL {
  const url = new URL(raw);
  const path = pathAsSent(raw);
  if (path.length + url.search.length > MOST_TARGET) throw new HopError("target_too_long");
  if (!isPlainPath(path, url.pathname)) throw new HopError("path_ambiguous");
  const origin = originOf(url, config.gateway.origins);
  if (origin === undefined) throw new HopError("misdirected_request");
  return url.origin === origin ? url : new URL(origin + url.pathname + url.search);
}

/** A path that a server could read as another route's would be decided under the wrong route. */
function routeOf({ hostname, pathname }: URL, { matchRoute }: Parsing): Route {
  const route = matchRoute(hostname, pathname);
  if (route === undefined) throw new HopError("route_unknown");
  const loose = matchRoute.loosely(hostname, pathname);
  if (loose !== undefined && loose !== route) throw new HopError("path_ambiguous");
  return route;
}

/** Some routes need the gateway itself to forward, others a proxy. */
function requireForwarder(route: Route, proxy: string | undefined): void {
  if (proxy === undefined && route.authorize_only) throw new HopError("route_elsewhere");
  if (proxy !== undefined && mustSeeAll(route)) throw new HopError("route_unseen");
}

/**
 * A page of another site must not reach an MCP server through the browser of someone with access (DNS rebinding; MCP,
 * Streamable HTTP, "Security Warning"). A request without `Origin` is not from a page.
 */
function requireOrigin(headers: Headers, { origin: own }: URL, { tools, cors_origins: allowed }: Route): void {
  const origin = headers.get("origin");
  if (tools === undefined || origin === null) return;
  if (origin !== own && !allowed.includes(origin) && !allowed.includes("*")) throw new HopError("origin_refused");
}

function queryOf({ search }: URL, { credential }: Route): readonly Parameter[] {
  const query = readQuery(search, credential?.kind === "query" ? credential.name : undefined);
  if (query === undefined) throw new HopError("query_ambiguous");
  return query;
}

/**
 * An upgrade to anything else is ignored (RFC 9110, 7.8) and not forwarded. A socket that a proxy opens could not be
 * ended when its chain is revoked.
 */
function opensWebSocket({ headers, method }: Request, { websocket }: Route, proxy: string | undefined): boolean {
  if (!/websocket/i.test(headers.get("upgrade") ?? "")) return false;
  if (!websocket || method !== "GET" || proxy !== undefined) throw new HopError("upgrade_refused");
  return true;
}

/**
 * A body of GET or HEAD has no meaning (RFC 9110, section 9.3.1), and fetch sends none. An MCP server must not find
 * anything in a body, or in its encoding, that policies have not seen.
 */
function requireBodyAsJudged(
  { method, body, headers }: Request,
  { tools, methods }: Route,
  served: keyof Route["methods"],
): void {
  const bodiless = method === "GET" || method === "HEAD" || (tools !== undefined && method !== "POST");
  if (bodiless && body !== null) throw new HopError("body_refused");
  if (tools === undefined && !readsBodyForDetails(methods[served] as Operation)) return;
  const encoding = headers.get("content-encoding");
  if (encoding !== null && encoding.toLowerCase() !== "identity")
    throw new HopError("encoding_refused", { member: "content-encoding", sent: sentInstead(encoding, ["identity"]) });
}

/** Whether the gateway must read the body; every other body streams. */
function readsBody(
  { envelope, tools, methods, credential, sign }: Route,
  served: keyof Route["methods"],
  { method, body }: Request,
): boolean {
  if ((sign && body !== null) || readsBodyForDetails(methods[served] as Operation)) return true;
  if (tools !== undefined && method === "POST") return true;
  const signsBody =
    credential?.kind === "aws" || (credential?.kind === "hmac" && credential.message.includes("{body}"));
  return envelope || signsBody;
}

/** @throws HopError `body_incomplete`, `content_too_large` */
async function contentOf(
  request: Request,
  { max_body: most }: Route,
  time: BodyTime,
): Promise<Uint8Array<ArrayBuffer>> {
  const content = await readRequest(request, most, time);
  if (content === undefined) throw new HopError("content_too_large");
  return content;
}

/**
 * The `Content-Digest` that the gateway signs, of the content that it has read itself, even if empty. The caller's
 * digest must match, so that the gateway never signs content that was damaged on the way.
 *
 * @throws HopError `digest_mismatch`
 */
async function digestToSign(headers: Headers, content: Uint8Array<ArrayBuffer> | undefined): Promise<string> {
  const told = headers.get("content-digest");
  const whole = content ?? new Uint8Array();
  if (told !== null && !(await isDigestOf(told, whole))) throw new HopError("digest_mismatch");
  return digestOf(whole);
}

function methodOf(method: string, route: Route): keyof Route["methods"] {
  if (Object.hasOwn(route.methods, method)) return method as keyof Route["methods"];
  throw new HopError("method_not_allowed", { challenge: { allow: Object.keys(route.methods) } });
}
