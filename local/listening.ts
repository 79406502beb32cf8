/** Addresses that servers take: whether one is free, and when a server answers there. */
import { createServer } from "node:net";

/** Host and port of `127.0.0.1:8787` or `*:8787`; undefined for a socket file. */
function partsOf(address: string): { host: string; port: number } | undefined {
  const [, host, port] = /^(.*):(\d+)$/.exec(address) ?? [];
  if (host === undefined || host === "unix") return undefined;
  return { host: host === "*" || host === "" ? "0.0.0.0" : host.replace(/^\[|\]$/g, ""), port: Number(port) };
}

/** @param remedy what to do about a port that is taken, such as `set PORT` @throws Error in one plain line */
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

/** Waits until a server answers. @param ended settles when it never will */
export async function untilAnswering(address: string, ended: Promise<unknown>): Promise<void> {
  const parts = partsOf(address);
  if (parts === undefined) return;
  const host = parts.host === "0.0.0.0" ? "127.0.0.1" : parts.host;
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${parts.port}/healthz`;
  const never = ended.then(() => true);
  const pause = (): Promise<boolean> => new Promise((done) => setTimeout(done, 50, false));
  for (;;) {
    const answers = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answers) return;
    if (await Promise.race([never, pause()])) throw new Error("it ended before it was ready: see above");
  }
}
