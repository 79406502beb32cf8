/** Ports for servers whose address must be known before they start. */
import { createServer } from "node:net";

/**
 * Below the ports that the system assigns to connections and to servers on port 0, so that it does not take one in
 * between.
 */
const [FIRST, PORTS] = [22_000, 10_000];

/** Each process begins at another port, so that processes that run at the same time do not collide. */
let next = (process.pid * 100) % PORTS;

/** A port of the loopback that is free now. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < PORTS; tried++) {
    const port = FIRST + next;
    next = (next + 1) % PORTS;
    if (await isFree(port)) return port;
  }
  throw new Error(`no port from ${FIRST} to ${FIRST + PORTS - 1} is free`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const free = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true));
  });
  if (free) await new Promise((resolve) => server.close(resolve));
  return free;
}
