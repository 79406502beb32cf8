/** Refusals on routes to MCP servers: JSON-RPC, so that the client knows which request they answer. */
import type { HopError } from "../errors.ts";
import { callText, type PutAside } from "../mcp/inbound.ts";
import type { Json } from "../mcp/message.ts";
import { MODERN } from "../mcp/methods.ts";
import { asksInClient, pageMessage, refusalMessage } from "../mcp/refusal.ts";
import { isObject } from "../mcp/revision.ts";
import type { Spoken } from "../presentation.ts";
import type { Gateway } from "./gateway.ts";
import { ownerOf } from "./own-handles.ts";

/** @param response the refusal as on other routes @param spoken undefined if no message could be read */
export async function inMessages(
  response: Response,
  error: HopError,
  spoken: Spoken | undefined,
  { handles }: Pick<Gateway, "handles">,
): Promise<Response> {
  const members = (await response.json()) as Json;
  const { chain } = error.evidence;
  if (spoken !== undefined && chain !== undefined && handles !== undefined && asksInClient(spoken, error)) {
    const state = await handles.seal("approval", asideOf(spoken), ownerOf(chain), callText(spoken.message));
    // In the protocol this is an answer: the client opens the page, and sends the request again.
    return Response.json(pageMessage(spoken, error, members, state), { headers: { "cache-control": "no-store" } });
  }
  const headers = new Headers(response.headers);
  headers.set("content-type", "application/json");
  const status = statusFor(response.status, error, spoken);
  return new Response(JSON.stringify(refusalMessage(spoken, { error, status, members })), { status, headers });
}

/** The client's state for the next try: the client will send the gateway's state instead. */
function asideOf({ message }: Spoken): string {
  const { requestState, inputResponses } = isObject(message.params) ? message.params : {};
  return JSON.stringify({ requestState, inputResponses } satisfies PutAside);
}

/** In a session, 404 means that the session has ended (2025-11-25, Transports, "Session Management"). */
function statusFor(status: number, { rule }: HopError, spoken: Spoken | undefined): number {
  return rule === "method_unknown" && spoken?.revision !== MODERN ? 400 : status;
}
