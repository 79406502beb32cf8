/**
 * Stage 5: to the upstream, streaming both ways; where a route has none, the token is the answer. What the caller said of its
 * provenance does not pass.
 */
import { HopError } from "../errors.ts";
import { traceparent } from "../trace.ts";
import type { Forwarded, Minted } from "../types.ts";
import type { Gateway } from "./gateway.ts";
import { PROVENANCE_HEADERS, provenanceHeaders, signProvenance } from "./provenance.ts";

type Forwarding = Pick<Gateway, "fetch" | "signer" | "now">;

/** Credentials and provenance that end at the gateway, and what belongs to one connection only (RFC 9110, 7.6.1). */
const DROPPED = [
  ...PROVENANCE_HEADERS,
  "authorization",
  "dpop",
  "txn-token",
  "workload-identity-token",
  "workload-proof-token",
  "hop-approval",
  "hop-break-glass",
  "hop-message",
  "signature",
  "signature-input",
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "host",
  "traceparent",
  "tracestate",
] as const;

/** @throws HopError `upstream_unreachable`, `upstream_timeout` */
export async function forward(minted: Minted, gateway: Forwarding): Promise<Forwarded> {
  const { presentation } = minted.decision.chain;
  const { upstream } = presentation.route;
  if (upstream === undefined) return { minted, response: tokenAnswer(minted), latency: undefined };
  const request = await upstreamRequest(minted, upstream, gateway);
  const answer = await answerInTime(request, minted, gateway);
  const latency = gateway.now() - presentation.received;
  // A WebSocket is handed through as it is; any other answer gets headers of its own.
  if (answer.status === 101) return { minted, response: answer, latency };
  const response = new Response(answer.body, answer);
  response.headers.set("hop-decision", `"${presentation.id}"`);
  return { minted, response, latency };
}

/** For a consumer that acts on a message itself: the narrowed token says for whom, through whom and under which task. */
function tokenAnswer({ token, claims }: Minted): Response {
  return Response.json(
    { access_token: token, token_type: "Bearer", expires_in: claims.exp - claims.iat, decision: claims.decision },
    { headers: { "cache-control": "no-store", "hop-decision": `"${claims.decision}"` } },
  );
}

async function upstreamRequest(minted: Minted, upstream: string, { signer, now }: Forwarding): Promise<Request> {
  const { presentation } = minted.decision.chain;
  const { request, route, url, trace, content } = presentation;
  const target = new URL(upstream.replace(/\/$/, "") + url.pathname + url.search);
  const headers = upstreamHeaders(request.headers);
  headers.set("authorization", `Bearer ${minted.token}`);
  if (minted.txnToken !== undefined) headers.set("txn-token", minted.txnToken);
  for (const [name, value] of provenanceHeaders(minted)) headers.set(name, value);
  headers.set("traceparent", traceparent(trace));
  if (trace.state !== undefined) headers.set("tracestate", trace.state);

  const { method } = request;
  const body = content ?? request.body;
  const forwarded = new Request(target, { method, headers, body, redirect: "manual" });
  if (!route.sign || signer === undefined) return forwarded;
  return new Request(forwarded, { headers: await signProvenance(forwarded, signer, Math.floor(now() / 1000)) });
}

function upstreamHeaders(inbound: Headers): Headers {
  const headers = new Headers(inbound);
  const named = (headers.get("connection") ?? "").split(",").map((name) => name.trim().toLowerCase());
  const websocket = headers.get("upgrade")?.toLowerCase() === "websocket";
  for (const name of [...DROPPED, ...named]) {
    if (/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) && name !== "upgrade") headers.delete(name);
  }
  if (!websocket) headers.delete("upgrade");
  return headers;
}

/** The time-out ends with the upstream's headers: a stream may then take as long as it likes. */
async function answerInTime(request: Request, minted: Minted, gateway: Forwarding): Promise<Response> {
  const { chain } = minted.decision;
  const evidence = { chain, decision: minted.decision };
  const clock = new AbortController();
  const timer = setTimeout(() => clock.abort(), chain.presentation.route.timeout * 1000);
  try {
    return await gateway.fetch(new Request(request, { signal: clock.signal }));
  } catch (cause) {
    throw new HopError(clock.signal.aborted ? "upstream_timeout" : "upstream_unreachable", { evidence, cause });
  } finally {
    clearTimeout(timer);
  }
}
