/** `nats-server` of Debian, in a folder. */

import { installDebian } from "../../../local/debian.ts";
import { succeeds } from "../../../local/execute.ts";
import { freePort } from "../../../local/free-port.ts";
import { answersOn, Daemon } from "./daemon.ts";
import type { Broker } from "./rabbitmq.ts";

const SERVER = "/usr/sbin/nats-server";

export async function natsInstalled(): Promise<boolean> {
  const works = (): Promise<boolean> => succeeds(SERVER, ["--version"]);
  return (await works()) || ((await installDebian(["nats-server"])) && (await works()));
}

export async function startNats(folder: string): Promise<Broker> {
  const port = await freePort();
  const command = [SERVER, "-a", "127.0.0.1", "-p", String(port), "-js", "-sd", folder];
  // It speaks first.
  const server = new Daemon(command, {}, () => answersOn(port, undefined));
  await server.start();
  return { port, server, stop: () => server.kill() };
}
