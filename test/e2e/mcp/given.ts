/** MCP servers of each revision, and the gateway in front of them. */
import { askConsole, startSession } from "../../../cli/people.ts";
import { pinOf } from "../../../cli/tools.ts";
import { printed } from "../command-line.ts";
import { ADMIN_TOKEN, startWorld, type World } from "../harness.ts";
import { importedRoute, type McpServers, mcpRoutes, startMcpServers } from "../mcp-servers.ts";

export let world: World;
export let servers: McpServers;
/** @returns what stops it */
export async function startMcpWorld(): Promise<() => Promise<void>> {
  servers = await startMcpServers();
  const imported = await printed(["tools", "import", `${servers.url}/pinned`, "--action", "orders:read"]);
  world = await startWorld({
    edit: (config) =>
      config.replace(/^revocation_bound = .*$/m, "").replace("[gateway]", "[gateway]\nrevocation_bound = 1") +
      mcpRoutes(servers.url, pinned) +
      importedRoute(servers.url, imported),
  });
  return async () => {
    await world.stop();
    await servers.stop();
  };
}

/** Forgets what the raw server got, and has it answer as if all went well. */
export function forget(): void {
  servers.got.length = 0;
  answers({ resultType: "complete" });
}

/** A tool as its server describes it, when somebody looked. */
export const PINNED = {
  name: "cancel_order",
  description: "Cancels",
  inputSchema: { properties: { order: { type: "string" } } },
};
export const pinned = `cancel_order = { action = "orders:read", scopes = ["orders:read"], pin = "${pinOf(PINNED)}" }`;

/** The raw server's next answers. */
export function answers(result: object): void {
  servers.answer = ({ message: { id } }, response) =>
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ jsonrpc: "2.0", id, result }));
}

export async function approve(id: string): Promise<void> {
  const remote = { gateway: world.url, adminToken: ADMIN_TOKEN };
  const session = await startSession(remote, { name: "fred", groups: ["finance"] });
  await askConsole(remote, session, `approvals/${id}`, { decision: "approve", group: "finance" });
}

export const idOf = (url: string): string => url.slice(url.lastIndexOf("/") + 1);
