/** The command line, as a person runs it. */
import { AsyncLocalStorage } from "node:async_hooks";
import { execFile } from "node:child_process";
import { format } from "node:util";
import { run } from "../../cli/run.ts";
import { ADMIN_TOKEN } from "./harness.ts";

export interface Ran {
  readonly code: number;
  /** Standard output, then standard error. */
  readonly out: string;
}

type Environment = Readonly<Record<string, string>>;

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs a command in this process, which takes a tenth of the time that a process of its own takes. One after the other:
 * the environment and the exit code are the process's.
 *
 * @param env beside the admin token of the tests
 */
export function hopgate(args: readonly string[], env: Environment = {}): Promise<Ran> {
  const ran = last.then(() => runHere(args, { HOPGATE_ADMIN_TOKEN: ADMIN_TOKEN, ...env }));
  last = ran.catch(() => undefined);
  return ran;
}

/** Runs a command in a process of its own: for what it is to a shell, and for commands that run at the same time. */
export function hopgateProcess(args: readonly string[], env: Environment = {}): Promise<Ran> {
  const all = { ...process.env, HOPGATE_ADMIN_TOKEN: ADMIN_TOKEN, ...env };
  return new Promise((resolve) => {
    execFile(process.execPath, ["cli/hopgate.ts", ...args], { env: all }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), out: stdout + stderr }),
    );
  });
}

/** What it prints. @throws Error with what it printed, if it fails */
export async function printed(args: readonly string[]): Promise<string> {
  const { code, out } = await hopgate(args);
  if (code !== 0) throw new Error(out);
  return out;
}

async function runHere(args: readonly string[], env: Environment): Promise<Ran> {
  const written: Written = { stdout: "", stderr: "" };
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, env);
  try {
    const code = await writing.run(written, () => run(args));
    return { code, out: written.stdout + written.stderr };
  } finally {
    process.exitCode = undefined;
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  }
}

interface Written {
  stdout: string;
  stderr: string;
}

/**
 * What a command writes is told from what everything else in this process writes by the call that it was written in.
 */
const writing = new AsyncLocalStorage<Written>();

for (const name of ["stdout", "stderr"] as const) {
  const stream = process[name];
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = (...args: unknown[]): boolean => {
    const written = writing.getStore();
    if (written === undefined) return write(...args);
    written[name] += String(args[0]);
    const done = args.at(-1);
    if (typeof done === "function") done();
    return true;
  };
}
for (const [method, name] of [
  ["log", "stdout"],
  ["error", "stderr"],
] as const) {
  const print = console[method].bind(console);
  console[method] = (...values: unknown[]): void => {
    const written = writing.getStore();
    if (written === undefined) print(...values);
    else written[name] += `${format(...values)}\n`;
  };
}
