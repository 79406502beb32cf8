/** Workers that wrangler has bundled, run in Miniflare: peers of the bench, consumers and examples of the tests. */
import { readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import type { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { COMPATIBILITY_DATE } from "./bindings.ts";
import { bundle } from "./build.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Bindings, Durable Objects and queues of one Worker. */
type Options = Partial<Parameters<typeof convertV4MiniflareOptions>[0]>;

/**
 * Bundles a Worker and starts it on a free port.
 *
 * @param entry path from the project's root
 * @param folder where the bundle goes, from the project's root
 */
export async function startBundled(entry: string, folder: string, options: Options = {}): Promise<Miniflare> {
  await bundle(entry, folder, "bench/wrangler.toml");
  // Loaded here as in gateway.ts.
  const { convertV4MiniflareOptions, Miniflare } = await import("miniflare");
  return new Miniflare(
    convertV4MiniflareOptions({
      name: basename(entry, ".ts"),
      host: "127.0.0.1",
      port: 0,
      compatibilityDate: COMPATIBILITY_DATE,
      modules: await readModules(folder),
      ...options,
    } as Parameters<typeof convertV4MiniflareOptions>[0]),
  );
}

/**
 * Wrangler's output: the script, and its modules under the names that the script imports.
 *
 * @param text replaces the content of its text modules
 */
export async function readModules(folder: string, text?: string) {
  const read = (name: string): Promise<Buffer> => readFile(`${root}${folder}/${name}`);
  const names = await readdir(`${root}${folder}`);
  const main = names.find((name) => name.endsWith(".js")) as string;
  const rest = names.filter((name) => /\.(mjs|toml|wasm)$/.test(name));
  return [
    { type: "ESModule" as const, path: main, contents: String(await read(main)) },
    ...(await Promise.all(
      rest.map(async (name) => {
        const contents = await read(name);
        if (name.endsWith(".wasm")) return { type: "CompiledWasm" as const, path: name, contents };
        if (name.endsWith(".mjs")) return { type: "ESModule" as const, path: name, contents: String(contents) };
        return { type: "Text" as const, path: name, contents: text ?? String(contents) };
      }),
    )),
  ];
}
