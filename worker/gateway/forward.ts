/**
 * Stage 5: to the upstream, streaming both ways; where a route has none, the token is the answer. What the caller said of its
 * provenance does not pass, nor does what the caller may not see.
 */
import { HopError } from "../errors.ts";
import type { Forwarded, Minted } from "../types.ts";
import { cleanAnswer } from "../vendor/answer.ts";
import { holdsScope } from "./narrow.ts";
import { type Outbound, outboundRequest } from "./outbound.ts";

/** @throws HopError `credential_*`, `upstream_unreachable`, `upstream_timeout`, `answer_unfiltered` */
export async function forward(minted: Minted, gateway: Outbound): Promise<Forwarded> {
  const { decision } = minted;
  const { upstream } = decision.chain.presentation.route;
  if (upstream === undefined) return { minted, response: tokenAnswer(minted), latency: undefined };
  try {
    return await exchange(minted, upstream, gateway);
  } catch (error) {
    if (error instanceof HopError) throw error.with({ chain: decision.chain, decision });
    throw error;
  }
}

async function exchange(minted: Minted, upstream: string, gateway: Outbound): Promise<Forwarded> {
  const { presentation } = minted.decision.chain;
  const { id, received, route } = presentation;
  const { request, secrets, refused } = await outboundRequest(minted, upstream, gateway);
  const answer = await answerInTime(request, route.timeout, gateway);
  const latency = gateway.now() - received;
  // The caller would take it for its own; it is the gateway that the vendor does not know.
  if (route.credential !== undefined && answer.status === 401) {
    refused?.();
    await answer.body?.cancel();
    throw new HopError("credential_refused");
  }
  // A WebSocket is handed through as it is; any other answer gets headers of its own.
  if (answer.status === 101) return { minted, response: answer, latency };
  const hidden = route.filters.filter(({ scope }) => !holdsScope(minted.decision, scope));
  const untouched = route.credential === undefined && hidden.length === 0;
  const response = untouched ? new Response(answer.body, answer) : await cleanAnswer(answer, secrets, hidden);
  response.headers.set("hop-decision", `"${id}"`);
  return { minted, response, latency };
}

/** For a consumer that acts on a message itself: the narrowed token says for whom, through whom and under which task. */
function tokenAnswer({ token, claims }: Minted): Response {
  return Response.json(
    { access_token: token, token_type: "Bearer", expires_in: claims.exp - claims.iat, decision: claims.decision },
    { headers: { "cache-control": "no-store", "hop-decision": `"${claims.decision}"` } },
  );
}

/** The time-out ends with the upstream's headers: a stream may then take as long as it likes. */
async function answerInTime(request: Request, seconds: number, gateway: Pick<Outbound, "fetch">): Promise<Response> {
  const clock = new AbortController();
  const timer = setTimeout(() => clock.abort(), seconds * 1000);
  try {
    return await gateway.fetch(new Request(request, { signal: clock.signal }));
  } catch (cause) {
    throw new HopError(clock.signal.aborted ? "upstream_timeout" : "upstream_unreachable", { cause });
  } finally {
    clearTimeout(timer);
  }
}
