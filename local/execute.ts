/** Runs the project's own tools, and those of the machine. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);

/** Path of a tool of node_modules. */
export function toolPath(tool: string): string {
  return `${root}node_modules/.bin/${tool}`;
}

/** Environment of these tools. The project's own Node comes first, so that `env node` does not find an older one. */
export const TOOL_ENV: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${root}node_modules/.bin:${process.env["PATH"] ?? ""}`,
  WRANGLER_SEND_METRICS: "false",
};

/** Runs a tool of node_modules at the project's root; its output is shown only if it fails. */
export async function execute(tool: string, args: readonly string[]): Promise<void> {
  await run(toolPath(tool), args, { cwd: root, env: { ...TOOL_ENV, CI: "1" } }).catch((error: unknown) => {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${tool} failed\n${stdout ?? ""}${stderr ?? ""}`, { cause: error });
  });
}

/** Whether a command exists on the machine and succeeds. */
export function succeeds(command: string, args: readonly string[], env = process.env): Promise<boolean> {
  return run(command, args, { env }).then(
    () => true,
    () => false,
  );
}
