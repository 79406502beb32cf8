/** Addresses of servers: whether one is free, and when a server answers there. */
import { get } from "node:http";
import { createServer } from "node:net";

/** Host and port of `127.0.0.1:8787` or `*:8787`; undefined for a socket file. */
export function partsOf(address: string): { host: string; port: number } | undefined {
  const [, host, port] = /^(.*):(\d+)$/.exec(address) ?? [];
  if (host === undefined || host === "unix") return undefined;
  return { host: host === "*" || host === "" ? "0.0.0.0" : host.replace(/^\[|\]$/g, ""), port: Number(port) };
}

/** A port that an environment variable names. @throws Error in one plain line */
export function portFrom(name: string, otherwise: number): number {
  const text = process.env[name];
  if (text === undefined || text === "") return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65535) throw new Error(`${name} must be a port from 1 to 65535`);
  return value;
}

/** @param remedy what to do if the port is in use, such as `set PORT` @throws Error in one plain line */
export async function refuseTaken(address: string, remedy: string): Promise<void> {
  const parts = partsOf(address);
  if (parts === undefined) return;
  const server = createServer();
  await new Promise<void>((free, failed) => {
    server.once("error", failed).listen({ ...parts, exclusive: true }, () => server.close(() => free()));
  }).catch(({ code }: NodeJS.ErrnoException) => {
    throw new Error(
      code === "EADDRINUSE" ? `${address} is in use: ${remedy}` : `cannot listen on ${address} (${code})`,
    );
  });
}

/**
 * Waits until the gateway serves on a socket file. @param ended settles if it ends @throws Error if it has ended before
 */
export async function untilServing(socketPath: string, ended: Promise<unknown>): Promise<void> {
  const never = ended.then(() => true);
  const pause = (): Promise<boolean> => new Promise((done) => setTimeout(done, 50, false));
  while (!(await isServing(socketPath)))
    if (await Promise.race([never, pause()])) throw new Error("it ended before it was ready: see above");
}

function isServing(socketPath: string): Promise<boolean> {
  return new Promise((done) => {
    get({ socketPath, path: "/healthz" }, (answer) => {
      answer.resume();
      done(answer.statusCode === 200);
    }).on("error", () => done(false));
  });
}
