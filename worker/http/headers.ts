/**
 * Which headers of a request go on to an upstream: those in these lists, and those that a route adds by name. All others end
 * here, so a header that nobody here has heard of cannot mean something to a server behind it.
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

/** To a vendor nothing goes that could speak about its session, its caches or its answer's encoding. */
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

/** Parts of an answer: nothing can be taken out of a part without the whole. */
const RANGE = ["range", "if-range"] as const;

/** Of a WebSocket's opening; workerd makes key, version and extensions itself (RFC 6455, section 4.1). */
const WEBSOCKET = ["sec-websocket-protocol"] as const;

/** Of an MCP session (Model Context Protocol, Streamable HTTP). */
const MCP = ["mcp-protocol-version", "mcp-session-id"] as const;

/** Headers by which a server would do another thing than what was judged. */
const REDIRECTS = /^(x-)?http-method$|method-override|^x-(original|rewrite|override|accel)-|^x-(original|rewrite)$/;

/** Names that no route may add, each with why. */
const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/[^a-z0-9-]/, "holds another character than letters, digits and `-`: some servers read `_` as `-`"],
  [/^(hop-.*|signature|signature-input|traceparent|tracestate)$/, "is set by the gateway"],
  [
    /^(authorization|dpop|txn-token|workload-identity-token|workload-proof-token|proxy-auth.*)$/,
    "is a credential that ends at the gateway",
  ],
  [
    /^(connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade|http2-settings|host|content-length|expect)$/,
    "belongs to one connection",
  ],
  [
    /^(range|if-range|accept-encoding|sec-websocket-.*)$/,
    "passes only where the gateway needs not look into the answer",
  ],
  [/^(mcp-.*)$/, "passes on routes with tools, where it is one of a session's"],
  [REDIRECTS, "names another method or address than the one that was judged"],
  [
    /^(forwarded|via|x-real-ip|x-client-ip|x-cluster-client-ip|true-client-ip)$|^(x-forwarded|cf-|fastly-|client-cert|x-client-cert|x-ssl-|x-envoy-|x-appengine-|x-amzn-)/,
    "says who asks, or by which way: a server would take it for the gateway's word",
  ],
];

/** Why a route may not add a header; undefined where it may. @param name in lower case */
export function objectionToHeader(name: string): string | undefined {
  return FORBIDDEN.find(([names]) => names.test(name))?.[1];
}

/** What only the gateway says of a request. */
const PROVENANCE = /^hop-(subject|chain|txn|decision|approved-by)$/;

/**
 * Whether a request that another proxy forwards may not have a header: the gateway cannot take it out, so that what the proxy lets
 * pass to the upstream could be another request than the one that was judged, or claim another provenance. Servers that hand headers on as
 * variables (RFC 3875, section 4.1.18) read `_` as `-`.
 *
 * @param name in lower case
 */
export function isMisleading(name: string): boolean {
  const read = name.replaceAll("_", "-");
  return REDIRECTS.test(read) || PROVENANCE.test(read) || (read !== name && objectionToHeader(read) !== undefined);
}

/** What of a route's configuration decides which headers pass. */
export interface HeaderTerms {
  readonly credential?: object | undefined;
  readonly filters: readonly object[];
  readonly tools?: object | undefined;
  readonly websocket: boolean;
  readonly forward_headers: readonly string[];
}

/** Whether something must be found in, or taken out of, what the upstream answers. */
export function looksIntoAnswers({
  credential,
  filters,
  tools,
}: Pick<HeaderTerms, "credential" | "filters" | "tools">): boolean {
  return credential !== undefined || filters.length > 0 || tools !== undefined;
}

/** Headers of a request that go on to the route's upstream; all others do not. */
export function forwardedHeaders(inbound: Headers, route: HeaderTerms): Headers {
  const names = namesFor(route);
  const headers = new Headers();
  inbound.forEach((value, name) => {
    if (names.has(name)) headers.set(name, value);
  });
  return headers;
}

const known = new WeakMap<HeaderTerms, ReadonlySet<string>>();

/** The names that pass on a route of the configuration, in lower case; made once. */
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
