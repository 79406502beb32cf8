/** Runs the built bundle in Miniflare: the same workerd, KV, Durable Objects and Queues as `wrangler dev`. */
import type { Miniflare } from "miniflare";
import type { PublicKey } from "../sdk/keys.ts";
import { COMPATIBILITY_DATE, COMPATIBILITY_FLAGS, DURABLE_OBJECTS } from "./bindings.ts";
import { readModules } from "./bundled.ts";
import { freePort } from "./free-port.ts";
import { withLoopback } from "./origins.ts";

export interface LocalGateway {
  readonly url: URL;
  /** The running instance, for tests that need more than the Worker. */
  readonly miniflare: Miniflare;
  stop(): Promise<void>;
}

export interface LocalGatewayOptions {
  /** TOML text that replaces the built-in configuration. */
  readonly config: string;
  /** 0 chooses a free one. */
  readonly port: number;
  /** JSON of the secret GATEWAY_KEYS. */
  readonly gatewayKeys: string;
  readonly adminToken: string;
  /** JWK Set of the keys that may sign releases of policies. */
  readonly publishers: readonly PublicKey[];
  /** Further text bindings, such as CONSOLE_CLIENT_SECRET. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Bundle that wrangler wrote; default dist/worker. */
  readonly bundle?: string;
  /** Receives the Worker's log lines instead of this process's output. */
  readonly log?: ((line: string) => void) | undefined;
}

/** Its state ends with it. @throws Error if the Worker refuses to start, with its message */
export async function startGateway(options: LocalGatewayOptions): Promise<LocalGateway> {
  const { log } = options;
  // Loaded here because it takes most of a second, for which `--help` and a refused argument need not wait.
  const { convertV4MiniflareOptions, Log, LogLevel, Miniflare } = await import("miniflare");
  // The configuration contains the gateway's origins, so the port is chosen before the start.
  const port = options.port === 0 ? await freePort() : options.port;
  const config = withLoopback(options.config, port);
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: "hopgate",
      host: "127.0.0.1",
      port,
      log: new Log(LogLevel.ERROR),
      ...(log !== undefined && { handleStructuredLogs: ({ message }) => log(message) }),
      compatibilityDate: COMPATIBILITY_DATE,
      compatibilityFlags: [...COMPATIBILITY_FLAGS],
      modules: await readModules(options.bundle ?? "dist/worker", config),
      bindings: {
        GATEWAY_KEYS: options.gatewayKeys,
        POLICY_KEYS: JSON.stringify({ keys: options.publishers }),
        ADMIN_TOKEN: options.adminToken,
        ...options.secrets,
      },
      kvNamespaces: ["KV"],
      durableObjects: Object.fromEntries(
        Object.entries(DURABLE_OBJECTS).map(([name, className]) => [name, { className, useSQLite: true }]),
      ),
      queueProducers: { NOTICE_QUEUE: "hopgate-notices" },
      queueConsumers: {
        "hopgate-notices": { maxBatchTimeout: 0, maxRetries: 20, retryDelay: 5 },
      },
      r2Buckets: ["ARCHIVE"],
      // Not used here, and a Worker more to start.
      cacheAPI: false,
    }),
  );
  try {
    const url = await miniflare.ready;
    return { url, miniflare, stop: () => miniflare.dispose() };
  } catch (error) {
    await miniflare.dispose().catch(() => undefined);
    throw error;
  }
}
