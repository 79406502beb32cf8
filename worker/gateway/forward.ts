/**
 * Stage 6: forwards to the upstream, streaming both ways; if a route has no upstream, the token is the answer.
 * Provenance headers from the caller do not pass, nor do parts of the answer that the caller may not see.
 */
import type { Credential } from "../config.ts";
import { HopError } from "../errors.ts";
import { looksIntoAnswers } from "../http/headers.ts";
import { logFailure } from "../log.ts";
import type { Presentation } from "../presentation.ts";
import type { Forwarded, Minted } from "../types.ts";
import { cleanAnswer } from "../vendor/answer.ts";
import { saysInvalidToken } from "../vendor/refusals.ts";
import { endIfLeft } from "./caller-left.ts";
import { asHopError } from "./failure.ts";
import type { Gateway } from "./gateway.ts";
import { contentLength, limitIdle, upstreamStopped, type Watch, withIdleBody, withIdleLimit } from "./idle.ts";
import { holdsScope } from "./narrow.ts";
import { type Outbound, outboundRequest } from "./outbound.ts";
import { joinSockets } from "./socket.ts";
import { spokenAnswer } from "./speak.ts";
import { measureUpstream } from "./upstream-time.ts";
import { watchAnswer } from "./watch-answer.ts";

type Forwarding = Outbound &
  Pick<
    Gateway,
    | "meter"
    | "config"
    | "core"
    | "disconnect"
    | "endedSince"
    | "handles"
    | "ledger"
    | "pins"
    | "policies"
    | "seenMemories"
    | "signs"
  >;

/**
 * @throws HopError `credential_*`, `account_unconnected`, `body_incomplete`, `caller_left`, `upstream_unreachable`,
 * `upstream_timeout`, `answer_unfiltered`
 */
export async function forward(minted: Minted, gateway: Forwarding): Promise<Forwarded> {
  const { decision } = minted;
  const { route, request } = decision.chain.presentation;
  const { upstream } = route;
  if (upstream === undefined) return { minted, response: tokenAnswer(minted), latency: undefined };
  try {
    const forwarded = await exchange(minted, upstream, gateway);
    endIfLeft(forwarded.response, request.signal);
    return forwarded;
  } catch (error) {
    throw asHopError(error).with({ chain: decision.chain, decision, admitted: true });
  }
}

async function exchange(minted: Minted, upstream: string, gateway: Forwarding): Promise<Forwarded> {
  const { presentation } = minted.decision.chain;
  const { id, received, route } = presentation;
  const { request, secrets, refused } = await outboundRequest(minted, upstream, gateway);
  const hidden = route.filters.filter(({ scope }) => !holdsScope(minted.decision, scope));
  const untouched = !looksIntoAnswers(route);
  const answer = await measureUpstream(request, presentation, gateway, () =>
    answerInTime(request, untouched, presentation, gateway),
  );
  const latency = gateway.now() - received;
  // The caller would take this 401 for its own, but the vendor has refused the gateway.
  if (route.credential !== undefined && answer.status === 401) {
    if (isOver(route.credential, answer.headers)) await tellRefused(refused);
    await answer.body?.cancel();
    throw new HopError("credential_refused");
  }
  if (answer.webSocket) return { minted, latency, ...opened(answer, answer.webSocket, minted, gateway) };
  const { watch, ended } = watchAnswer(answer.headers, minted.decision.chain, gateway);
  if (untouched) {
    const response = await withIdleLimit(answer, route.idle_timeout, watch);
    response.headers.set("hop-decision", `"${id}"`);
    return { minted, response, latency, ...ended() };
  }
  // Streams of MCP servers are watched where their messages are read.
  const timed = limited(answer, route.idle_timeout, route.tools ? undefined : watch);
  const isOwn = route.credential === undefined && route.filters.length === 0;
  const clean = isOwn ? timed : await cleanAnswer(timed, secrets, hidden);
  const { response, ...answered } = route.tools
    ? await spokenAnswer(clean, minted.decision, gateway)
    : { response: clean };
  response.headers.set("hop-decision", `"${id}"`);
  return { minted, response, latency, ...("failed" in answered ? { answered } : ended()) };
}

/** Whether the answer refuses the credential itself; a cloud's API has no challenge for its signatures. */
function isOver({ kind }: Credential, headers: Headers): boolean {
  return kind === "aws" || saysInvalidToken(headers);
}

/** If this fails, nothing changes for the caller: the next request finds out again. */
async function tellRefused(refused: (() => void | Promise<void>) | undefined): Promise<void> {
  try {
    await refused?.();
  } catch (cause) {
    logFailure("refusal_untold", {}, cause);
  }
}

/** The answer to an opening handshake, with the caller's end of the socket. */
function opened(
  answer: Response,
  upstream: WebSocket,
  { decision }: Minted,
  gateway: Forwarding,
): Pick<Forwarded, "response"> & Required<Pick<Forwarded, "closed">> {
  const { socket, closed } = joinSockets(upstream, decision.chain, gateway);
  const headers = new Headers(answer.headers);
  for (const name of OF_OPENING) headers.delete(name);
  headers.set("hop-decision", `"${decision.chain.presentation.id}"`);
  return { response: new Response(null, { status: 101, webSocket: socket, headers }), closed };
}

/** These belong to the upstream's connection; workerd sets those of the caller's (RFC 6455, section 4.2.2). */
const OF_OPENING = ["connection", "upgrade", "sec-websocket-accept", "sec-websocket-extensions"];

/** For a consumer that processes a message itself: the narrowed token names subject, actors and task. */
function tokenAnswer({ token, claims }: Minted): Response {
  return Response.json(
    { access_token: token, token_type: "Bearer", expires_in: claims.exp - claims.iat, decision: claims.decision },
    { headers: { "cache-control": "no-store", "hop-decision": `"${claims.decision}"` } },
  );
}

/** An answer that the gateway reads; it may also stop in the middle. */
function limited(answer: Response, seconds: number, watch: Watch | undefined): Response {
  if (answer.body === null) return answer;
  const passing = contentLength(answer.headers) === undefined ? { watch } : {};
  return new Response(limitIdle(answer.body.getReader(), seconds, upstreamStopped, passing), answer);
}

/**
 * Sent again if the connection breaks before an answer: an upstream may close an idle connection just as the next
 * request is sent (RFC 9110, section 9.2.2).
 */
const SAFE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * The time-out applies until the upstream's headers arrive; a stream may then take any time, as long as it does not
 * stall. A caller that leaves earlier, or stalls in the middle of a streaming body, ends the call to the upstream.
 *
 * @param untouched the body is passed on as the upstream has encoded it
 */
async function answerInTime(
  request: Request,
  untouched: boolean,
  { route, content, request: { signal: caller, headers } }: Presentation,
  gateway: Pick<Forwarding, "fetch" | "config">,
): Promise<Response> {
  const clock = new AbortController();
  const end = (): void => clock.abort();
  const timer = setTimeout(end, route.timeout * 1000);
  // A caller that has left already sends no event.
  if (caller.aborted) end();
  caller.addEventListener("abort", end);
  const encodeResponseBody = untouched ? "manual" : "automatic";
  let isStopped = false;
  const stop = (): void => {
    isStopped = true;
    end();
  };
  const { body_idle_timeout: idle } = gateway.config.gateway;
  const watched = content === undefined ? withIdleBody(request, idle, headers, stop) : request;
  try {
    const ask = () => gateway.fetch(watched, { signal: clock.signal, encodeResponseBody });
    if (request.body !== null || !SAFE.has(request.method)) return await ask();
    return await ask().catch((cause: unknown) => {
      if (clock.signal.aborted) throw cause;
      return ask();
    });
  } catch (cause) {
    if (isStopped) throw new HopError("body_incomplete", { cause });
    if (caller.aborted) throw new HopError("caller_left", { cause });
    throw new HopError(clock.signal.aborted ? "upstream_timeout" : "upstream_unreachable", { cause });
  } finally {
    clearTimeout(timer);
    caller.removeEventListener("abort", end);
  }
}
