/** Bundles and runs a Worker of bench/peers in workerd, and times what it does from outside. */
import { readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { bundle } from "../local/build.ts";

export interface BenchWorker {
  readonly url: URL;
  post(path: string, body: unknown): Promise<void>;
  /** Fails where the Worker says that its answers are wrong. */
  check(path: string): Promise<void>;
  /** Microseconds of one call, from a request that makes `count` of them, less one that makes none. */
  perCall(implementation: string, count: number): Promise<number>;
  stop(): Promise<void>;
}

export async function startBenchWorker(entry: string, vars: Record<string, string> = {}): Promise<BenchWorker> {
  const name = basename(entry, ".ts");
  const folder = `dist/bench/${name}`;
  await bundle(entry, folder, "bench/wrangler.toml");
  const wasm = (await readdir(folder)).filter((file) => file.endsWith(".wasm"));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: "bench",
      host: "127.0.0.1",
      port: 0,
      compatibilityDate: "2026-10-01",
      bindings: vars,
      modules: [
        { type: "ESModule", path: `${name}.js`, contents: await readFile(`${folder}/${name}.js`, "utf8") },
        ...(await Promise.all(
          wasm.map(async (path) => ({
            type: "CompiledWasm" as const,
            path,
            contents: await readFile(`${folder}/${path}`),
          })),
        )),
      ],
    }),
  );
  const url = await miniflare.ready;

  async function ask(path: string, init?: RequestInit): Promise<string> {
    const response = await fetch(new URL(path, url), init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${entry} ${path}: ${response.status} ${text}`);
    return text;
  }
  async function timed(implementation: string, count: number): Promise<number> {
    const start = performance.now();
    const accepted = await ask(`/run?impl=${implementation}&n=${count}`);
    const elapsed = performance.now() - start;
    if (Number(accepted) !== count) throw new Error(`${implementation} accepted ${accepted} of ${count}`);
    return elapsed;
  }
  return {
    url,
    post: async (path, body) => void (await ask(path, { method: "POST", body: JSON.stringify(body) })),
    check: async (path) => void (await ask(path)),
    perCall: async (implementation, count) => {
      const nothing = await timed(implementation, 0);
      return (((await timed(implementation, count)) - nothing) * 1000) / count;
    },
    stop: () => miniflare.dispose(),
  };
}
