/** A process of plain workerd: the gateway and its peers run the same way, each with its state in a folder of the same disk. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { toolPath } from "../local/execute.ts";

export interface Workerd {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly pid: number;
  /** Whether the process has ended, by itself or stopped. */
  readonly ended: boolean;
  /** Folder in which it keeps its state; its log is beside. */
  readonly state: string;
  stop(): Promise<void>;
}

export interface WorkerdStart {
  /** Path of config.capnp, with one socket. */
  readonly config: string;
  readonly state: string;
  /** Folders below `state`, by the names of the disk services of the configuration. */
  readonly disks: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** None outlives the bench, however it ends. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** workerd writes a line of JSON to this file descriptor for each socket on which it listens. */
const CONTROL = 3;
const NEVER = -1;

/** @throws Error with what it said if it does not listen */
export async function startWorkerd({ config, state, disks, env = {} }: WorkerdStart): Promise<Workerd> {
  for (const disk of disks) await mkdir(join(state, disk), { recursive: true });
  const log = `${state}.log`;
  const output = await open(log, "a");
  const folders = disks.flatMap((disk) => ["-d", `${disk}=${join(state, disk)}`]);
  const child = spawn(toolPath("workerd"), ["serve", `--control-fd=${CONTROL}`, config, ...folders], {
    env: { ...process.env, ...env },
    stdio: ["ignore", output.fd, output.fd, "pipe"],
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  await output.close();
  const port = await listeningPort(child);
  if (port === NEVER) throw new Error(`workerd does not listen: ${await readFile(log, "utf8")}`);
  return {
    origin: `http://127.0.0.1:${port}`,
    pid: child.pid as number,
    state,
    get ended() {
      return hasEnded(child);
    },
    stop: () => end(child),
  };
}

async function listeningPort(child: ChildProcess): Promise<number> {
  for await (const line of createInterface({ input: child.stdio[CONTROL] as Readable })) {
    const message = JSON.parse(line) as { event: string; port?: number };
    if (message.event === "listen" && message.port !== undefined) return message.port;
  }
  return NEVER;
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  // Nothing is in flight any more: what does not end by itself may be ended.
  const late = setTimeout(() => child.kill("SIGKILL"), 5000);
  await ended;
  clearTimeout(late);
}
