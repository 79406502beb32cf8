/** `rabbitmq-server` of Debian, with a port mapper of its own, in a folder. */
import { mkdir, writeFile } from "node:fs/promises";
import { installDebian } from "../../../local/debian.ts";
import { succeeds } from "../../../local/execute.ts";
import { freePort } from "../../../local/free-port.ts";
import { answersOn, Daemon } from "./daemon.ts";

const SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server";

export async function rabbitmqInstalled(): Promise<boolean> {
  const works = (): Promise<boolean> => succeeds("/usr/bin/test", ["-x", SERVER]);
  return (await works()) || ((await installDebian(["rabbitmq-server"])) && (await works()));
}

export interface Broker {
  readonly port: number;
  readonly server: Daemon;
  stop(): Promise<void>;
}

export async function startRabbitmq(folder: string): Promise<Broker> {
  const [port, distribution, mapper] = [await freePort(), await freePort(), String(await freePort())];
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/plugins`, "[].");
  await writeFile(`${folder}/env.conf`, "");
  await writeFile(`${folder}/rabbit.conf`, "");
  const env = {
    HOME: folder,
    ERL_EPMD_PORT: mapper,
    ERL_EPMD_ADDRESS: "127.0.0.1",
    RABBITMQ_NODENAME: `hopgate${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_MNESIA_BASE: `${folder}/data`,
    RABBITMQ_LOG_BASE: `${folder}/log`,
    RABBITMQ_ENABLED_PLUGINS_FILE: `${folder}/plugins`,
    RABBITMQ_CONFIG_FILE: `${folder}/rabbit`,
    RABBITMQ_CONF_ENV_FILE: `${folder}/env.conf`,
  };
  // The node would start a mapper that outlives it.
  const epmd = new Daemon(["/usr/bin/epmd", "-port", mapper, "-address", "127.0.0.1"]);
  await epmd.start();
  const greets = (): Promise<boolean> => answersOn(port, "AMQP\x00\x00\x09\x01");
  const server = new Daemon([SERVER], env, greets);
  await server.start();
  return {
    port,
    server,
    stop: async () => {
      await server.kill();
      await epmd.kill();
    },
  };
}
