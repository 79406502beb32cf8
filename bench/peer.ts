/** A Worker of bench/peers on plain workerd, as the gateway runs self-hosted: the same flags, storage and disk. */
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { COMPATIBILITY_DATE } from "../local/bindings.ts";
import { bundle } from "../local/build.ts";
import { startWorkerd, type Workerd } from "./workerd.ts";

export interface PeerOptions {
  readonly vars?: Readonly<Record<string, string>>;
  /** Classes of its Durable Objects, by their bindings. */
  readonly durableObjects?: Readonly<Record<string, string>>;
  /** Folder for its state, from the project's root. */
  readonly state: string;
}

/** As bench/wrangler.toml has them. */
const FLAGS = ["nodejs_compat", "no_nodejs_compat_v2"];

/** @param entry path from the project's root */
export async function startPeer(entry: string, options: PeerOptions): Promise<Workerd> {
  const folder = `${options.state}.build`;
  await bundle(entry, folder, "bench/wrangler.toml");
  const script = (await readdir(folder)).find((name) => name.endsWith(".js")) as string;
  const config = join(folder, "config.capnp");
  await writeFile(config, peerConfig(script, options));
  return startWorkerd({ config, state: options.state, disks: ["objects"] });
}

function peerConfig(script: string, { vars = {}, durableObjects = {} }: PeerOptions): string {
  const quote = (text: string): string => JSON.stringify(text);
  const list = (items: readonly string[]): string => `[${items.join(", ")}]`;
  const bindings = [
    ...Object.entries(vars).map(([name, value]) => `(name = ${quote(name)}, text = ${quote(value)})`),
    ...Object.entries(durableObjects).map(([name, it]) => `(name = ${quote(name)}, durableObjectNamespace = "${it}")`),
  ];
  const classes = Object.values(durableObjects).map(
    (name) => `(className = "${name}", uniqueKey = "${name}", enableSql = true)`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "peer", worker = .peer),
    (name = "objects", disk = (writable = true)),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "peer")],
);

const peer :Workerd.Worker = (
  compatibilityDate = ${quote(COMPATIBILITY_DATE)},
  compatibilityFlags = ${list(FLAGS.map(quote))},
  modules = [(name = ${quote(script)}, esModule = embed ${quote(script)})],
  bindings = ${list(bindings)},
  durableObjectNamespaces = ${list(classes)},
  durableObjectStorage = (localDisk = "objects"),
);
`;
}
