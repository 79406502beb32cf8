/** The configuration of workerd: one worker, its modules, bindings, storage and socket (workerd.capnp). Pure. */

export interface WorkerdOptions {
  /** Modules of the production bundle, by kind. */
  readonly bundle: readonly BundleModule[];
  /** Modules of selfhost/, without their types. */
  readonly modules: readonly string[];
  /** Names of secrets, read from the environment. */
  readonly secrets: readonly string[];
  /** `*:8080`, `127.0.0.1:8787`, `unix:/run/hopgate.sock` */
  readonly address: string;
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  /** Classes of the Worker's Durable Objects, by their bindings. */
  readonly durableObjects: Readonly<Record<string, string>>;
}

export interface BundleModule {
  /** Its name in imports of the bundle. */
  readonly name: string;
  readonly kind: "esModule" | "wasm" | "text";
  /** File beside the configuration. */
  readonly file: string;
}

/** The objects that replace KV and Queues, next to the Worker's own Durable Objects. */
const OWN_CLASSES = { KEY_VALUES: "KeyValues", QUEUES: "Queues" } as const;

/** Text of a Cap'n Proto configuration; paths of modules are relative to its file. */
export function workerdConfig(options: WorkerdOptions): string {
  const { bundle, modules, secrets, address, compatibilityDate, compatibilityFlags, durableObjects } = options;
  const classes = { ...durableObjects, ...OWN_CLASSES };
  const own = modules.map((name): BundleModule => ({ name, kind: "esModule", file: name }));
  const list = (lines: readonly string[]): string => lines.map((line) => `    ${line},\n`).join("");
  return `# Written by \`npm run selfhost\`. Run it with: workerd serve config.capnp -d state=FOLDER -d archive=FOLDER
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "hopgate", worker = .hopgate),
    (name = "state", disk = (writable = true)),
    (name = "archive", disk = (writable = true)),
    # Upstreams may be in private networks; remove "private" if they are not.
    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
  ],
  # Megabytes of each half of what V8 keeps young objects in. With its default the same requests take 50 MB more, and no less time.
  v8Flags = ["--max-semi-space-size=4"],
  sockets = [(name = "http", address = ${quote(address)}, http = (), service = "hopgate")],
);

const hopgate :Workerd.Worker = (
  compatibilityDate = ${quote(compatibilityDate)},
  compatibilityFlags = [${compatibilityFlags.map(quote).join(", ")}],
  modules = [
${list([...own, ...bundle].map(({ name, kind, file }) => `(name = ${quote(name)}, ${kind} = embed ${quote(file)})`))}  ],
  bindings = [
${list([
  ...Object.entries(classes).map(([name, className]) => `(name = "${name}", durableObjectNamespace = "${className}")`),
  `(name = "ARCHIVE_DISK", service = "archive")`,
  ...secrets.map((name) => `(name = ${quote(name)}, fromEnvironment = ${quote(name)})`),
])}  ],
  durableObjectNamespaces = [
${list(Object.values(classes).map((name) => `(className = "${name}", uniqueKey = "hopgate-${name}", enableSql = true)`))}  ],
  durableObjectStorage = (localDisk = "state"),
);
`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
