/** Commands that reach a gateway. */
import { readFile } from "node:fs/promises";
import { type Command, Option } from "commander";
import { ADMIN_TOKEN_FILE } from "../local/secrets.ts";
import type { Remote } from "../sdk/admin.ts";

const DEFAULT_GATEWAY = "http://127.0.0.1:8787";

export interface GatewayOption {
  readonly gateway: string;
}

export function withGateway(command: Command): Command {
  return command.addOption(
    new Option("--gateway <url>", "where the gateway is").env("HOPGATE_GATEWAY").default(DEFAULT_GATEWAY),
  );
}

/** The gateway with the admin token: HOPGATE_ADMIN_TOKEN, else what the local gateway made. */
export async function reach({ gateway }: GatewayOption): Promise<Remote> {
  const given = process.env["HOPGATE_ADMIN_TOKEN"];
  if (given !== undefined && given !== "") return { gateway, adminToken: given };
  const token = await readFile(ADMIN_TOKEN_FILE, "utf8").catch(() => undefined);
  if (token === undefined) throw new Error("set HOPGATE_ADMIN_TOKEN, or start the local gateway once (npm start)");
  return { gateway, adminToken: token.trim() };
}
