/**
 * The answer to a proxy that asks, for each of its requests, whether it may pass: nginx `auth_request`, Caddy `forward_auth`, Traefik
 * `forwardAuth`, Envoy `ext_authz`, HAProxy with Lua. A 200 contains the headers that the proxy sets on the request
 * before it forwards it.
 */
import { HopError } from "../errors.ts";
import { askingProxy, SECRET_HEADER } from "./asking-proxy.ts";
import type { Gateway } from "./gateway.ts";
import { originalOf } from "./original.ts";
import { handedHeaders } from "./outbound.ts";
import { arrive, clear, fail } from "./pipeline.ts";
import { settle } from "./settle.ts";

/**
 * 200, 401, 403, or 500 and above; the proxy may forward only after 200. Never rejects. An answer must not be cached:
 * it is for one request.
 *
 * @param asking its body is not read
 */
export async function authorize(asking: Request, gateway: Gateway): Promise<Response> {
  const arrival = arrive(gateway);
  let request = asking;
  try {
    const proxy = askingProxy(asking, asking.headers.get(SECRET_HEADER), gateway);
    if (proxy === undefined || proxy.kind === "authzen") throw new HopError("authorizer_untrusted");
    request = originalOf(asking, proxy, gateway.config.gateway.origins);
    const minted = await clear(request, arrival.id, proxy.name, gateway);
    const headers = handedHeaders(minted);
    headers.set("cache-control", "no-store");
    const response = new Response(null, { status: 200, headers });
    settle({ minted, response, latency: undefined }, gateway);
    return response;
  } catch (cause) {
    const { response } = await fail(cause, arrival, request, gateway, true);
    // nginx can pass on headers of a refusal, but not the body.
    response.headers.set("hop-decision", `"${arrival.id}"`);
    return response;
  }
}
