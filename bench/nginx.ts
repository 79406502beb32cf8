/** nginx of Debian, with the configuration of examples/authorizer as it stands but for its addresses. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const COMMAND = "/usr/sbin/nginx";
/** As the example has it. */
export const NGINX_SECRET = "nginx-secret-of-the-example-0123456789";

export interface NginxOptions {
  /** Origins. */
  readonly listens: string;
  readonly gateway: string;
  readonly upstream: string;
}

/** @throws Error with what it said, where it is not installed or does not start */
export async function startNginx({ listens, gateway, upstream }: NginxOptions): Promise<{ stop(): Promise<void> }> {
  const example = await readFile(new URL("../examples/authorizer/nginx.conf", import.meta.url), "utf8");
  const folder = await mkdtemp(join(tmpdir(), "hopgate-nginx-"));
  const config = example
    .replace("127.0.0.1:21610", new URL(listens).host)
    .replace("http://127.0.0.1:21601", gateway)
    .replace("http://127.0.0.1:21602", upstream);
  await writeFile(join(folder, "nginx.conf"), config);
  const child = spawn(COMMAND, ["-p", folder, "-c", join(folder, "nginx.conf")], {
    stdio: ["ignore", "inherit", "pipe"],
  });
  let said = "";
  child.once("error", ({ message }) => {
    said += message;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const stop = async (): Promise<void> => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  while (!(await answers(listens))) {
    if (child.pid !== undefined && child.exitCode === null) continue;
    await stop();
    throw new Error(`nginx does not start (apt-get install nginx-light): ${said}`);
  }
  return { stop };
}

async function answers(origin: string): Promise<boolean> {
  try {
    await (await fetch(origin)).text();
    return true;
  } catch {
    await sleep(50);
    return false;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
