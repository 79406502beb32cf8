/** workerd as a child process, over a folder of `buildSelfhost` and a folder of state. */
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { toolPath } from "../local/execute.ts";

export interface Running {
  /** Resolves with the reason in words when workerd ends by itself; a stop is none. */
  readonly died: Promise<string>;
  /** Settles when workerd has ended, by itself or stopped. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
  /** Ends it at once, without waiting. */
  kill(): void;
}

/**
 * Starts workerd.
 *
 * @param env its secrets among them
 * @param detached true where the terminal's Ctrl-C must not reach it, because whoever started it stops it by `stop`
 */
export async function serve(config: string, state: string, env: NodeJS.ProcessEnv, detached = false): Promise<Running> {
  for (const folder of ["objects", "archive"]) await mkdir(`${state}/${folder}`, { recursive: true });
  const directories = ["-d", `state=${state}/objects`, "-d", `archive=${state}/archive`];
  const child = spawn(toolPath("workerd"), ["serve", config, ...directories], { env, stdio: "inherit", detached });
  let stopping = false;
  const ended = new Promise<void>((done) => child.once("exit", () => done()));
  const died = new Promise<string>((tell) => {
    child.once("error", (error) => tell(`workerd does not start: ${error.message}`));
    child.once("exit", (code, signal) => {
      if (!stopping) tell(`workerd ended ${signal === null ? `with code ${code}` : `by ${signal}`}`);
    });
  });
  return {
    died,
    ended,
    stop: async () => {
      stopping = true;
      child.kill("SIGTERM");
      await ended;
    },
    kill: () => void child.kill("SIGKILL"),
  };
}
