/**
 * Which headers of a request are forwarded to an upstream: those in these lists, and those that a route adds by name.
 * All others are removed, so that a header unknown to the gateway cannot mean something to the upstream.
 */

/** End-to-end headers that HTTP APIs need (RFC 9110, 9111, 9218, 9530; RFC 7240; draft-ietf-httpapi-idempotency-key-header). */
const DEFAULT = [
  "accept",
  "accept-language",
  "cache-control",
  "content-digest",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "idempotency-key",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-unmodified-since",
  "last-event-id",
  "pragma",
  "prefer",
  "priority",
  "repr-digest",
  "user-agent",
  "want-content-digest",
  "want-repr-digest",
] as const;

/** Vendors get no header about sessions, caches or the encoding of the answer. */
const VENDOR = [
  "accept",
  "accept-language",
  "content-encoding",
  "content-language",
  "content-type",
  "idempotency-key",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-unmodified-since",
  "prefer",
  "user-agent",
] as const;

/** Ranges: nothing can be filtered from a part of an answer. */
const RANGE = ["range", "if-range"] as const;

/** For opening a WebSocket; workerd sets key, version and extensions itself (RFC 6455, section 4.1). */
const WEBSOCKET = ["sec-websocket-protocol"] as const;

/** For an MCP session (Model Context Protocol, Streamable HTTP). */
const MCP = ["mcp-protocol-version", "mcp-session-id"] as const;

/** Headers that make a server do something else than what policies have seen. */
const REDIRECTS = /^(x-)?http-method$|method-override|^x-(original|rewrite|override|accel)-|^x-(original|rewrite)$/;

/** Names that no route may add, each with the reason. */
const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/[^a-z0-9-]/, "has a character other than letters, digits and `-`: some servers read `_` as `-`"],
  [/^(hop-.*|signature|signature-input|traceparent|tracestate)$/, "is set by the gateway"],
  [
    /^(authorization|dpop|txn-token|workload-identity-token|workload-proof-token|proxy-auth.*)$/,
    "is a credential for the gateway only",
  ],
  [
    /^(connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade|http2-settings|host|content-length|expect)$/,
    "belongs to one connection",
  ],
  [/^(range|if-range|accept-encoding|sec-websocket-.*)$/, "passes only if the gateway need not read the answer"],
  [/^(mcp-.*)$/, "passes on routes with tools only, as a header of a session"],
  [REDIRECTS, "names another method or address than the one that policies have seen"],
  [
    /^(forwarded|via|x-real-ip|x-client-ip|x-cluster-client-ip|true-client-ip)$|^(x-forwarded|cf-|fastly-|client-cert|x-client-cert|x-ssl-|x-envoy-|x-appengine-|x-amzn-)/,
    "says who the caller is or where it comes from: a server would take it for the gateway's statement",
  ],
];

/** Why a route may not add a header; undefined if it may. @param name in lower case */
export function objectionToHeader(name: string): string | undefined {
  return FORBIDDEN.find(([names]) => names.test(name))?.[1];
}

/** Headers about a request that only the gateway sets. */
const PROVENANCE = /^hop-(subject|chain|txn|decision|approved-by)$/;

/**
 * Whether a header is refused on a request that another proxy forwards. The gateway cannot remove it, so the upstream
 * could get another request than the one that was decided, or another provenance. Servers that hand headers on as
 * variables (RFC 3875, section 4.1.18) read `_` as `-`.
 *
 * @param name in lower case
 */
export function isMisleading(name: string): boolean {
  const read = name.replaceAll("_", "-");
  return REDIRECTS.test(read) || PROVENANCE.test(read) || (read !== name && objectionToHeader(read) !== undefined);
}

/** The fields of a route that decide which headers pass. */
export interface HeaderTerms {
  readonly credential?: object | undefined;
  readonly filters: readonly object[];
  readonly tools?: object | undefined;
  readonly websocket: boolean;
  readonly forward_headers: readonly string[];
}

/** Whether the gateway must read or filter the upstream's answer. */
export function looksIntoAnswers({
  credential,
  filters,
  tools,
}: Pick<HeaderTerms, "credential" | "filters" | "tools">): boolean {
  return credential !== undefined || filters.length > 0 || tools !== undefined;
}

/** The headers of a request that are forwarded to the route's upstream. */
export function forwardedHeaders(inbound: Headers, route: HeaderTerms): Headers {
  const names = namesFor(route);
  const headers = new Headers();
  inbound.forEach((value, name) => {
    if (names.has(name)) headers.set(name, value);
  });
  return headers;
}

const known = new WeakMap<HeaderTerms, ReadonlySet<string>>();

/** The names that pass on a route, in lower case; computed once. */
function namesFor(route: HeaderTerms): ReadonlySet<string> {
  const names = known.get(route) ?? new Set(listNames(route));
  known.set(route, names);
  return names;
}

function listNames(route: HeaderTerms): readonly string[] {
  const { credential, tools, websocket, forward_headers: added } = route;
  return [
    ...(credential === undefined ? DEFAULT : VENDOR),
    ...(looksIntoAnswers(route) ? [] : [...RANGE, "accept-encoding"]),
    ...(tools === undefined ? [] : MCP),
    ...(websocket ? WEBSOCKET : []),
    ...added,
  ];
}
