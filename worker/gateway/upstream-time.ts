/** The time until an upstream answered, by OpenTelemetry's conventions for HTTP clients. */

import type { Presentation } from "../presentation.ts";
import { methodOf } from "../telemetry/measured.ts";
import { asHopError } from "./failure.ts";
import type { Gateway } from "./gateway.ts";

/** @param ask rejects if there is no answer; its rule is then the error's type */
export async function measureUpstream(
  request: Request,
  { route }: Presentation,
  { meter, now }: Pick<Gateway, "meter" | "now">,
  ask: () => Promise<Response>,
): Promise<Response> {
  const { hostname, port, protocol } = new URL(request.url);
  const attributes = {
    "http.request.method": methodOf(request.method),
    "http.route": route.path,
    "server.address": hostname,
    "server.port": port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
  };
  const began = now();
  const tell = (more: Readonly<Record<string, string | number | undefined>>): void =>
    meter.observe("http.client.request.duration", { ...attributes, ...more }, now() - began);
  try {
    const answer = await ask();
    const { status } = answer;
    tell({ "http.response.status_code": status, "error.type": status >= 400 ? String(status) : undefined });
    return answer;
  } catch (cause) {
    tell({ "error.type": asHopError(cause).rule });
    throw cause;
  }
}
