/**
 * Calls to upstreams, which may open WebSockets. Closing such a socket does not end its connection if the upstream
 * ignores the Close frame; aborting the call that opened it does.
 */
import type { Gateway } from "./gateway.ts";

/** @param send sends a request */
export function createUpstreamCalls(send: Gateway["fetch"]): Pick<Gateway, "fetch" | "disconnect"> {
  const calls = new WeakMap<WebSocket, AbortController>();

  async function open(request: Request, init: RequestInit = {}): Promise<Response> {
    const call = new AbortController();
    const signals = init.signal ? [init.signal, call.signal] : [call.signal];
    const answer = await send(request, { ...init, signal: AbortSignal.any(signals) });
    if (answer.webSocket) calls.set(answer.webSocket, call);
    return answer;
  }

  return {
    fetch: (request, init) => (request.headers.has("upgrade") ? open(request, init) : send(request, init)),
    disconnect: (socket) => calls.get(socket)?.abort(),
  };
}
