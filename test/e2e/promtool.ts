/** `promtool` of Debian's package of Prometheus, installed where we may. */
import { spawn } from "node:child_process";
import { installDebian } from "../../local/debian.ts";
import { succeeds } from "../../local/execute.ts";

export async function promtoolInstalled(): Promise<boolean> {
  const works = (): Promise<boolean> => succeeds("promtool", ["--version"]);
  return (await works()) || ((await installDebian(["prometheus"])) && (await works()));
}

export interface Checked {
  readonly code: number;
  /** What it wrote on both streams. */
  readonly output: string;
}

export function promtool(args: readonly string[], input = ""): Promise<Checked> {
  const child = spawn("promtool", args, { stdio: ["pipe", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      output += chunk;
    });
  child.stdin.end(input);
  return new Promise((done, failed) => {
    child.once("error", failed).once("close", (code) => done({ code: code ?? 1, output }));
  });
}
