/** `[[routes]]`: the APIs behind the gateway, and the conditions of each. */
import * as v from "valibot";
import { looksIntoAnswers, objectionToHeader } from "../http/headers.ts";
import { Credential, Filter, Limit } from "./credential.ts";
import { missingSource, parametersOf } from "./details.ts";
import { bytes, httpAddress, identifier, isProtected, name, seconds, webOrigin } from "./fields.ts";
import { Operation } from "./operation.ts";
import { Tool } from "./tools.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
export const PROOFS = ["dpop", "mtls", "wimse", "bearer"] as const;
export type ProofKind = (typeof PROOFS)[number];

/** A header that a route lets pass in addition. */
const forwardedHeader = v.pipe(
  v.string(),
  v.toLowerCase(),
  v.check((name) => name !== "", "must be the name of a header"),
  v.check(
    (name) => objectionToHeader(name) === undefined,
    ({ input }) => `\`${input}\` ${objectionToHeader(input) ?? ""}`,
  ),
);

/** Headers that authenticate the gateway to the upstream. */
function credentialHeaders(credential: Credential | undefined): string[] {
  if (credential === undefined || credential.kind === "query") return [];
  if (credential.kind === "header") return [credential.name];
  if (credential.kind === "hmac") return [credential.header, credential.timestamp_header ?? ""];
  if (credential.kind === "aws") return ["authorization", ...AWS_HEADERS];
  return ["authorization"];
}

/** Headers that AWS request signing sets. */
const AWS_HEADERS = ["x-amz-date", "x-amz-security-token", "x-amz-content-sha256"];

/** The gateway's own paths: a route over one of them would never be reached. */
const RESERVED = [
  "/.well-known",
  "/oauth",
  "/events",
  "/ssf",
  "/federation",
  "/authorize",
  "/access",
  "/admin",
  "/console",
  "/me",
  "/healthz",
  "/readyz",
  "/metrics",
];

/** Fields of a route that make the gateway read bodies or answers, or change what is sent. */
type Sight = Pick<v.InferOutput<typeof RouteFields>, "envelope" | "tools" | "sign" | "credential" | "filters">;

/** Whether the gateway must see everything that goes through the route, so that no other proxy can forward it. */
export function mustSeeAll(route: Sight): boolean {
  return route.envelope || route.tools !== undefined || route.sign || looksIntoAnswers(route);
}

const RouteFields = v.strictObject({
  id: name,
  api: name,
  host: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(\*|(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*)$/, "must be *, a host or *.domain, without port"),
    ),
    "*",
  ),
  path: v.pipe(
    v.string(),
    v.regex(/^(\/[A-Za-z0-9._~:-]+)*(\/\*|\/)?$/, "must be a path such as /orders/:id or /orders/*"),
    v.check((path) => !RESERVED.some((own) => path === own || path.startsWith(`${own}/`)), "is the gateway's own"),
  ),
  methods: v.pipe(
    v.record(v.picklist(METHODS, "must be an HTTP method in capitals"), Operation),
    v.check((methods) => Object.keys(methods).length > 0, "needs at least one method"),
  ),
  /** If absent, the gateway answers messages itself, with the narrowed token. */
  upstream: v.optional(httpAddress),
  /** The upstream may be reached over plain http, in a private network. */
  allow_http: v.optional(v.boolean(), false),
  /** Another proxy asks and forwards (docs/authorizer.md): requests to the gateway itself are refused. */
  authorize_only: v.optional(v.boolean(), false),
  /** The route accepts messages in envelopes, verified again when they are processed (docs/messages.md). */
  envelope: v.optional(v.boolean(), false),
  /** Most bytes of a body that the gateway must read whole. */
  max_body: v.optional(bytes(0, 1_048_576), 262_144),
  /** The one `aud` of the narrowed token. */
  audience: identifier,
  sensitivity: v.picklist(["low", "medium", "high"]),
  /** Longest life of a narrowed token, in seconds. */
  ttl: v.optional(seconds(1, 3600), 60),
  /** Whether every actor's name must be proven, or may be stated by its delegator only (docs/workloads.md). */
  actors: v.optional(v.picklist(["proven", "told"]), "proven"),
  /** Whether the registry must name an owner of every actor. */
  owners: v.optional(v.picklist(["required", "optional"]), "optional"),
  proof: v.optional(v.pipe(v.array(v.picklist(PROOFS)), v.minLength(1)), ["dpop"]),
  /** Seconds until the upstream must have answered with its headers. */
  timeout: v.optional(seconds(1, 600), 30),
  /** Longest pause within the upstream's body, in seconds. */
  idle_timeout: v.optional(seconds(1, 3600), 300),
  /** Also send a Txn-Token for the gateway's trust domain. */
  txn_token: v.optional(v.boolean(), false),
  /** Sign token, provenance headers and body (RFC 9421, RFC 9530); bodies are read whole. */
  sign: v.optional(v.boolean(), false),
  /** Requests may declare an emergency (`Hop-Break-Glass`); policies decide what that permits. */
  break_glass: v.optional(v.boolean(), false),
  /** Origins of pages whose browsers may call the route; `*` means all. */
  cors_origins: v.optional(v.array(webOrigin), []),
  /**
   * The upstream is an MCP server: a POST calls one of these tools, by name, or belongs to the session itself
   * (docs/agents.md).
   */
  tools: v.optional(v.record(v.string(), Tool)),
  /** MCP requests other than tool calls, such as `resources/read`, each declared like a tool. */
  requests: v.optional(v.record(v.string(), Tool), {}),
  /** The gateway's credential at the upstream, instead of the narrowed token and the provenance. */
  credential: v.optional(Credential),
  filters: v.optional(v.array(Filter), []),
  limit: v.optional(Limit),
  /** Headers that pass to the upstream in addition to those that always do (worker/http/headers.ts). */
  forward_headers: v.optional(v.array(forwardedHeader), []),
  /** GET may open a WebSocket to the upstream. */
  websocket: v.optional(v.boolean(), false),
  /** Most bytes of a WebSocket message. */
  websocket_message: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(33_554_432)), 1_048_576),
  /** Bytes per second to either side, with a burst of four seconds' worth. */
  websocket_rate: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1024)), 1_048_576),
  /** Most bytes that go to either side through one WebSocket: the most that a peer that never reads can make wait. */
  websocket_bytes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1024)), 67_108_864),
});

export const Route = v.pipe(
  RouteFields,
  v.forward(
    v.check(
      ({ upstream, allow_http: allowed }) =>
        upstream === undefined || allowed || !URL.canParse(upstream) || isProtected(new URL(upstream)),
      "must be https (http only on the loopback, or with allow_http)",
    ),
    ["upstream"],
  ),
  v.check(
    ({ websocket, credential, filters, tools, envelope }) =>
      !websocket || !(credential || filters.length > 0 || tools || envelope),
    "opens WebSockets, whose content is not inspected: it can have no credential, filters, tools or messages",
  ),
  v.check(({ websocket, methods }) => !websocket || "GET" in methods, "opens WebSockets, which takes the method GET"),
  v.check(
    ({ credential, forward_headers: added }) => !credentialHeaders(credential).some((name) => added.includes(name)),
    "forwards a header of its own credential",
  ),
  v.check(
    ({ credential, sign, txn_token }) => !credential || !(sign || txn_token),
    "with a credential sends no provenance",
  ),
  v.check(({ upstream, credential }) => upstream !== undefined || !credential, "has a credential, but no upstream"),
  v.check(
    ({ tools, requests }) => tools !== undefined || Object.keys(requests).length === 0,
    "has requests, but no tools",
  ),
  v.check(
    ({ path, methods, tools = {}, requests }) =>
      [...Object.values(methods), ...Object.values(tools), ...Object.values(requests)].every(
        ({ details }) => missingSource(details, "path", parametersOf(path)) === undefined,
      ),
    "needs details of a parameter that its path does not have",
  ),
  v.check(
    ({ methods }) =>
      Object.values(methods).every(({ details }) => missingSource(details, "arguments", []) === undefined),
    "needs details of arguments, which only tools have",
  ),
  v.check(({ tools, envelope }) => tools === undefined || !envelope, "takes either tools or messages"),
  v.check(
    ({ upstream, envelope, authorize_only: elsewhere }) => upstream !== undefined || envelope || elsewhere,
    "needs an upstream",
  ),
  v.check(
    (route) => !route.authorize_only || !(mustSeeAll(route) || route.websocket || route.upstream !== undefined),
    "is forwarded by another proxy: it can have no upstream, and nothing that needs the gateway to see bodies, answers or sockets",
  ),
  v.check(
    ({ methods, envelope }) => !envelope || Object.keys(methods).join() === "POST",
    "takes messages: its one method is POST",
  ),
);

export type Route = v.InferOutput<typeof Route>;
