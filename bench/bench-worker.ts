/** Bundles and runs a Worker of bench/peers in workerd, and times what it does from outside. */
import { basename } from "node:path";
import { startBundled } from "../local/bundled.ts";

export interface BenchWorker {
  post(path: string, body: unknown): Promise<void>;
  /** Fails where the Worker says that its answers are wrong. */
  check(path: string): Promise<void>;
  /** Microseconds of one unit: a request answers how many it did; one with `&empty` does none, and is taken off. */
  perUnit(path: string): Promise<number>;
  stop(): Promise<void>;
}

/** Durable Objects and queues of a Worker, by their bindings. */
export interface BenchBindings {
  readonly durableObjects?: Record<string, { readonly className: string; readonly useSQLite: true }>;
  readonly r2Buckets?: readonly string[];
}

export async function startBenchWorker(
  entry: string,
  vars: Record<string, string> = {},
  bindings: BenchBindings = {},
): Promise<BenchWorker> {
  const folder = `dist/bench/${basename(entry, ".ts")}`;
  const miniflare = await startBundled(entry, folder, { bindings: vars, ...bindings });
  const url = await miniflare.ready;

  async function ask(path: string, init?: RequestInit): Promise<string> {
    const response = await fetch(new URL(path, url), init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${entry} ${path}: ${response.status} ${text}`);
    return text;
  }
  async function timed(path: string): Promise<{ units: number; milliseconds: number }> {
    const start = performance.now();
    const units = Number(await ask(path));
    return { units, milliseconds: performance.now() - start };
  }
  return {
    post: async (path, body) => void (await ask(path, { method: "POST", body: JSON.stringify(body) })),
    check: async (path) => void (await ask(path)),
    perUnit: async (path) => {
      const nothing = await timed(`${path}&empty`);
      const all = await timed(path);
      return ((all.milliseconds - nothing.milliseconds) * 1000) / all.units;
    },
    stop: () => miniflare.dispose(),
  };
}
