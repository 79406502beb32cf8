/** Runs the project's own tools. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);

/** Runs a tool of node_modules at the project's root; what it prints is shown only where it fails. */
export async function execute(tool: string, args: readonly string[]): Promise<void> {
  // The project's own Node first: tools that start by `env node` must not find an older one.
  const PATH = `${root}node_modules/.bin:${process.env["PATH"] ?? ""}`;
  const env = { ...process.env, PATH, WRANGLER_SEND_METRICS: "false", CI: "1" };
  await run(`${root}node_modules/.bin/${tool}`, args, { cwd: root, env }).catch((error: unknown) => {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${tool} failed\n${stdout ?? ""}${stderr ?? ""}`, { cause: error });
  });
}
