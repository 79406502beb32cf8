/** A self-hosted gateway, and fronts before it with limits and keys of their own. */
import { mkdtemp, rm } from "node:fs/promises";
import { type Agent, get } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../../local/free-port.ts";
import { type Front, startFront } from "../../../selfhost/front/front.ts";
import { type FrontLimits, type FrontTimes, TIMES } from "../../../selfhost/front/limits.ts";
import type { TlsFiles } from "../../../selfhost/front/tls.ts";
import type { World } from "../harness.ts";
import { type SelfhostWorld, startSelfhostWorld } from "../selfhost-world.ts";

/** All connections have one address here, which is limited only if a test says so. */
type Limits = Omit<FrontLimits, "perAddress"> & Partial<FrontLimits>;
export const LIMITS: Limits = { connections: 100, requests: 50 };
export const MTLS = `
[[routes]]
id = "bound"
api = "orders-api"
path = "/bound/*"
upstream = "UPSTREAM"
audience = "https://orders.acme.example"
sensitivity = "low"
proof = ["mtls"]
methods = { GET = { action = "orders:read", scopes = ["orders:read"] } }
`;

export let selfhost: SelfhostWorld;
export let folder: string;
export let front: Front | undefined;
export let world: World;
export let plainPort = 0;
let securePort = 0;

/** Most open files of workerd. */
export const FILES = 1024;

/** @returns what stops it */
export async function startSelfhosted(): Promise<() => Promise<void>> {
  [plainPort, securePort] = [await freePort(), await freePort()];
  folder = await mkdtemp(join(tmpdir(), "hopgate-front-"));
  selfhost = await startSelfhostWorld("selfhost-front-test", {
    through: ["prlimit", `--nofile=${FILES}:${FILES}`],
    edit: (config) => {
      const upstream = /upstream = "(http[^"]+)"/.exec(config)?.[1] as string;
      return `${config}${MTLS.replace("UPSTREAM", upstream)}`.replace(
        /^id = "https:\/\/gateway.acme.example"$/m,
        `$&\norigins = ["http://127.0.0.1:${plainPort}", "https://localhost:${securePort}"]`,
      );
    },
  });
  return async () => {
    await selfhost.end();
    await rm(folder, { recursive: true });
  };
}

/** Stops the front of a test, unless it has stopped it itself. */
export async function stopFront(): Promise<void> {
  await front?.stop(0);
  front = undefined;
}

/** Stops the front as `npm run selfhost` stops. @param grace milliseconds for what is in flight */
export async function endFront(running: Front, grace = 10_000): Promise<void> {
  await running.stop(grace);
  front = undefined;
}

export interface Options {
  readonly limits?: Limits;
  readonly times?: Partial<FrontTimes>;
  readonly tls?: TlsFiles;
}

/** Another front before the same gateway, with limits and keys of its own. */
export async function begin({ limits = LIMITS, times, tls }: Options = {}): Promise<Front> {
  const port = tls ? securePort : plainPort;
  front = await startFront({
    host: "127.0.0.1",
    port,
    tls,
    limits: { perAddress: limits.connections, ...limits },
    times: { ...TIMES, ...times },
    workerd: selfhost.workerd,
  });
  world = { ...selfhost.world, url: `${tls ? "https" : "http"}://${tls ? "localhost" : "127.0.0.1"}:${port}` };
  return front;
}

export const opened = (socket: Socket): Promise<void> => new Promise((done) => void socket.once("connect", done));
export const closed = (socket: Socket): Promise<void> =>
  new Promise((done) => {
    if (socket.closed) done();
    else socket.once("close", () => done());
  });

/** A connection to the front, whose errors are ignored. */
export function toFront(options: { readonly allowHalfOpen?: boolean; readonly localAddress?: string } = {}): Socket {
  return connect({ port: Number(new URL(world.url).port), host: "127.0.0.1", ...options }).on("error", () => undefined);
}

/** Connections that say nothing. @param localAddress from where; default: that of all others */
export async function idle(count: number, localAddress?: string): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => toFront({ ...(localAddress && { localAddress }) }).resume());
  await Promise.all(sockets.map(opened));
  return sockets;
}

/** @returns the status of `/healthz`; undefined if the connection is closed */
export function health(agent: Agent | false = false, localAddress?: string): Promise<number | undefined> {
  return new Promise((done) => {
    get(`${world.url}/healthz`, { agent, localAddress }, (answer) => {
      answer.resume().on("end", () => done(answer.statusCode));
    }).on("error", () => done(undefined));
  });
}
