/** workerd as a child process, over a folder of `buildSelfhost` and a folder of state. */
import { spawn } from "node:child_process";
import { toolPath } from "../local/execute.ts";
import { makeFolder } from "../local/make-folder.ts";

export interface WorkerdStart {
  /** Path of config.capnp. */
  readonly config: string;
  /** Folder of its state, created if missing. */
  readonly state: string;
  /** Environment, with its secrets. */
  readonly env: NodeJS.ProcessEnv;
  /** True if Ctrl-C in the terminal must not reach it, because `stop` ends it. */
  readonly detached?: boolean;
  /** A command prefix, such as `nice`; default: none. */
  readonly through?: readonly string[];
  /** Receives its output; default: the output of this process. */
  readonly logged?: (text: string) => void;
}

export interface Running {
  readonly pid: number;
  /** Resolves with the reason in words if workerd ends unexpectedly, not by `stop`. */
  readonly died: Promise<string>;
  /** Settles when workerd has ended, by itself or stopped. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
  /** Ends it at once, without waiting. */
  kill(): void;
}

export async function serve({ config, state, env, detached, through = [], logged }: WorkerdStart): Promise<Running> {
  for (const folder of ["objects", "archive"]) await makeFolder(`${state}/${folder}`);
  const directories = ["-d", `state=${state}/objects`, "-d", `archive=${state}/archive`];
  const [command, ...args] = [...through, toolPath("workerd"), "serve", config, ...directories] as [string];
  const stdio = logged === undefined ? "inherit" : "pipe";
  const child = spawn(command, args, { env, stdio, detached: detached === true });
  for (const output of [child.stdout, child.stderr]) output?.setEncoding("utf8").on("data", (text) => logged?.(text));
  let stopping = false;
  const ended = new Promise<void>((done) => child.once("exit", () => done()));
  const died = new Promise<string>((tell) => {
    child.once("error", (error) => tell(`workerd does not start: ${error.message}`));
    child.once("exit", (code, signal) => {
      if (!stopping) tell(`workerd ended ${signal === null ? `with code ${code}` : `by ${signal}`}`);
    });
  });
  return {
    pid: child.pid ?? 0,
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
