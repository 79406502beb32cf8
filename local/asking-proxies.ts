/** Starts Debian's nginx, Caddy and HAProxy as `examples/authorizer/` configures them, for tests and the bench. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installDebian } from "./debian.ts";
import { succeeds } from "./execute.ts";

export const EXAMPLES = fileURLToPath(new URL("../examples/authorizer", import.meta.url));
/** Where the examples have gateway and upstream. */
export const GATEWAY_PORT = 21601;
export const UPSTREAM_PORT = 21602;

/** Of the proxies of the example; its configuration of nginx contains the first. */
export const SECRETS = {
  NGINX_SECRET: "nginx-secret-of-the-example-0123456789",
  CADDY_SECRET: "caddy-secret-of-the-example-0123456789ab",
  HAPROXY_SECRET: "haproxy-secret-of-the-example-0123456",
  PORTAL_SECRET: "portal-secret-of-the-example-0123456789a",
};

interface Kind {
  readonly url: string;
  readonly command: string;
  /** @param folder for what it writes */
  args(folder: string): string[];
  readonly secret?: string;
}

export const KINDS = {
  nginx: {
    url: "http://127.0.0.1:21610",
    command: "/usr/sbin/nginx",
    args: (folder: string) => ["-p", folder, "-c", join(EXAMPLES, "nginx.conf")],
  },
  caddy: {
    url: "http://127.0.0.1:21620",
    command: "/usr/bin/caddy",
    args: () => ["run", "--config", join(EXAMPLES, "Caddyfile"), "--adapter", "caddyfile"],
    secret: SECRETS.CADDY_SECRET,
  },
  haproxy: {
    url: "http://127.0.0.1:21630",
    command: "/usr/sbin/haproxy",
    args: () => ["-db", "-f", "haproxy.cfg"],
    secret: SECRETS.HAPROXY_SECRET,
  },
} satisfies Record<string, Kind>;
export type KindName = keyof typeof KINDS;

export interface RunningProxy {
  readonly url: string;
  stop(): Promise<void>;
  /** Ends all its processes at once, whatever they are doing. */
  kill(): Promise<void>;
}

const VERSION: Record<KindName, string> = { nginx: "-v", caddy: "version", haproxy: "-v" };

/** Whether all of them are installed; it installs them if it may. */
export async function proxiesInstalled(): Promise<boolean> {
  const work = async (): Promise<boolean> =>
    (
      await Promise.all(
        Object.entries(KINDS).map(([name, { command }]) => succeeds(command, [VERSION[name as KindName]], process.env)),
      )
    ).every(Boolean);
  return (await work()) || ((await installDebian(["nginx-light", "caddy", "haproxy"])) && (await work()));
}

/** @throws Error with what the proxy wrote, if it ends before it listens */
export async function startProxy(name: KindName): Promise<RunningProxy> {
  return start(KINDS[name], name);
}

/** @param config the text of nginx.conf @param url where that listens @throws Error as `startProxy` */
export async function startNginx(url: string, config: string): Promise<RunningProxy> {
  const args = (folder: string): string[] => ["-p", folder, "-c", join(folder, "nginx.conf")];
  return start({ ...KINDS.nginx, url, args }, "nginx", config);
}

async function start({ url, command, args, secret }: Kind, name: KindName, config?: string): Promise<RunningProxy> {
  const folder = await mkdtemp(join(tmpdir(), `hopgate-${name}-`));
  if (config !== undefined) await writeFile(join(folder, "nginx.conf"), config);
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: folder,
    ...(secret !== undefined && { HOPGATE_SECRET: secret }),
  };
  const child = spawn(command, args(folder), { cwd: EXAMPLES, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let written = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      written += chunk;
    });
  const endBy = async (signal: (pid: number) => void): Promise<void> => {
    await ended(child, signal);
    await rm(folder, { recursive: true, force: true });
  };
  const stop = (): Promise<void> => endBy((pid) => process.kill(pid, "SIGTERM"));
  // nginx is two processes, and one outlives the other.
  const kill = (): Promise<void> => endBy((pid) => process.kill(-pid, "SIGKILL"));
  while (!(await listens(new URL(url)))) {
    if (child.exitCode === null) continue;
    await stop();
    throw new Error(`${name} ended: ${written}`);
  }
  return { url, stop, kill };
}

async function ended(child: ChildProcess, signal: (pid: number) => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    signal(child.pid as number);
  });
}

function listens({ hostname, port }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: hostname, port: Number(port) });
    socket.on("connect", () => resolve(true)).on("error", () => setTimeout(resolve, 20, false));
    socket.on("connect", () => socket.destroy());
  });
}
