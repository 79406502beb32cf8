/**
 * Requests that browsers send for pages of other origins (Fetch, "HTTP CORS protocol"). Chains and proofs are in
 * headers, never in cookies, so no answer allows credentials. The headers that may be sent and read are listed.
 */

export interface CrossOrigin {
  /** `*` means all. */
  readonly origins: readonly string[];
  readonly methods: readonly string[];
}

const SENT = [
  "Authorization",
  "Content-Digest",
  "Content-Type",
  "DPoP",
  "Hop-Approval",
  "Hop-Break-Glass",
  "Hop-Message",
  "Hop-Dead-Letter",
  "Idempotency-Key",
  "If-Match",
  "If-None-Match",
  "Last-Event-ID",
  "Mcp-Method",
  "Mcp-Name",
  "Mcp-Protocol-Version",
  "Mcp-Session-Id",
  "traceparent",
  "tracestate",
  "Txn-Token",
  "Workload-Identity-Token",
  "Workload-Proof-Token",
].join(", ");

const READ = [
  "DPoP-Nonce",
  "ETag",
  "Hop-Decision",
  "Link",
  "Location",
  "Mcp-Session-Id",
  "Retry-After",
  "WWW-Authenticate",
].join(", ");

/** Seconds for which a browser caches the answer to a preflight. */
const REMEMBERED = "3600";

/** Whether a request is a preflight. */
export function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers.has("origin") && headers.has("access-control-request-method");
}

/** The answer to a preflight; without `Access-Control-Allow-Origin` if the origin is not allowed. */
export function answerPreflight(request: Request, allowed: CrossOrigin): Response {
  const headers = new Headers(originHeaders(request, allowed));
  if (headers.has("access-control-allow-origin")) {
    headers.set("access-control-allow-methods", allowed.methods.join(", "));
    headers.set("access-control-allow-headers", SENT);
    headers.set("access-control-max-age", REMEMBERED);
  }
  return new Response(null, { status: 204, headers });
}

/** An answer with its CORS headers, which replace those of the upstream. */
export function withCrossOrigin(response: Response, request: Request, allowed: CrossOrigin): Response {
  // A copy of a WebSocket handshake would lose its socket, and browsers do not apply CORS to sockets.
  if (response.status === 101) return response;
  const answer = new Response(response.body, response);
  for (const name of [...answer.headers.keys()]) if (name.startsWith("access-control-")) answer.headers.delete(name);
  for (const [name, value] of originHeaders(request, allowed)) answer.headers.append(name, value);
  if (answer.headers.has("access-control-allow-origin")) answer.headers.set("access-control-expose-headers", READ);
  return answer;
}

function originHeaders({ headers }: Request, { origins }: CrossOrigin): [string, string][] {
  if (origins.includes("*")) return [["access-control-allow-origin", "*"]];
  const origin = headers.get("origin");
  const vary: [string, string] = ["vary", "Origin"];
  return origin !== null && origins.includes(origin) ? [["access-control-allow-origin", origin], vary] : [vary];
}
