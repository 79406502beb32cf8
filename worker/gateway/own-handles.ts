/** MCP handles that a request continues: they must have been given to the same party, for the same task. */
import { callerOf } from "../chain/actors.ts";
import { HopError } from "../errors.ts";
import type { Owner } from "../mcp/handle.ts";
import { withOwnHandles } from "../mcp/inbound.ts";
import { MODERN } from "../mcp/methods.ts";
import { toolCallOf } from "../mcp/tool-call.ts";
import type { Presentation, Spoken } from "../presentation.ts";
import { digestOf } from "../trust/content-digest.ts";
import type { VerifiedChain } from "../types.ts";
import type { Gateway } from "./gateway.ts";

export function ownerOf(chain: VerifiedChain): Owner {
  const { subject, task, presentation } = chain;
  return { route: presentation.route.id, subject, caller: callerOf(chain), task: task.id };
}

/**
 * The request as the server will read it, which is also what policies and approvers see.
 *
 * @throws HopError `session_foreign`, `handle_foreign`, `signing_unavailable`, `tool_argument`
 */
export async function withServersHandles(
  chain: VerifiedChain,
  { handles }: Pick<Gateway, "handles">,
): Promise<Presentation> {
  const { presentation } = chain;
  const { rpc, route } = presentation;
  if (route.tools === undefined) return presentation;
  if (handles === undefined) throw new HopError("signing_unavailable");
  const owner = ownerOf(chain);
  const sealed = rpc?.revision === MODERN ? null : presentation.request.headers.get("mcp-session-id");
  const session = sealed === null ? undefined : await handles.open("session", sealed, owner);
  if (sealed !== null && session === undefined) throw new HopError("session_foreign");
  const own = rpc && (await withOwnHandles(rpc, owner, handles));
  return {
    ...presentation,
    session,
    ...(own !== undefined && own !== rpc && (await asReadByServer(own, presentation))),
  };
}

/** Its bytes are written again from the parsed message. */
async function asReadByServer(
  rpc: Spoken,
  { route, operation }: Presentation,
): Promise<Pick<Presentation, "rpc" | "content" | "digest" | "tool" | "operation">> {
  const content = new TextEncoder().encode(JSON.stringify(rpc.message.whole)) as Uint8Array<ArrayBuffer>;
  const tool = toolCallOf(rpc.message, rpc.revision, route);
  return { rpc, content, digest: await digestOf(content), tool, operation: tool ?? operation };
}
