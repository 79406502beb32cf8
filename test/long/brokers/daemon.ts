/** A process that is started, killed without a word, and started again. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export class Daemon {
  readonly #command: readonly string[];
  readonly #env: Record<string, string>;
  readonly #ready: (() => Promise<boolean>) | undefined;
  readonly #folder: string | undefined;
  #process: ChildProcess | undefined;
  #output = "";

  /** @param ready whether it serves; undefined if nobody waits for it */
  constructor(
    command: readonly string[],
    env: Record<string, string> = {},
    ready?: () => Promise<boolean>,
    folder?: string,
  ) {
    this.#command = command;
    this.#env = env;
    this.#ready = ready;
    this.#folder = folder;
  }

  /** What it has written, of all its lives. */
  get output(): string {
    return this.#output;
  }

  /** Whether it has ended by itself. */
  get hasEnded(): boolean {
    return this.#process?.exitCode !== null;
  }

  async start(): Promise<void> {
    const [command, ...args] = this.#command as [string, ...string[]];
    const env = { ...process.env, ...this.#env };
    const child = spawn(command, args, { env, cwd: this.#folder, stdio: "pipe", detached: true });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (bytes: Buffer) => {
        this.#output += bytes;
      });
    while (this.#ready !== undefined && !(await this.#ready())) {
      if (child.exitCode !== null) throw new Error(`${command} ended: ${this.#output}`);
      await pause(50);
    }
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    // With whatever it has started.
    process.kill(-(child.pid as number), "SIGKILL");
    await once(child, "exit");
  }
}

/** Whether somebody listens on a port of the loopback, and speaks when spoken to. */
export function answersOn(port: number, greeting: string | undefined): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, "127.0.0.1");
    const end = (answer: boolean): void => {
      socket.destroy();
      done(answer);
    };
    socket.setTimeout(2000, () => end(false));
    socket.once("error", () => end(false)).once("end", () => end(false));
    socket.once("connect", () => (greeting === undefined ? undefined : socket.write(greeting, "latin1")));
    socket.once("data", () => end(true));
  });
}
