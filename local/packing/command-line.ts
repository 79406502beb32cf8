/**
 * The command line as a package, `hopgate-cli`, in dist/cli. Commands and what they share are bundled into one file
 * each, so that a command loads only what it needs; the files that they read have the paths that they have in the
 * repository (cli/root.ts).
 */
import { copyFile, mkdir, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { execute } from "../execute.ts";
import { describePackage, ROOT, versionsOf } from "./packed.ts";

const DEPENDENCIES = ["@cedar-policy/cedar-wasm", "commander", "jose", "oauth4webapi", "smol-toml", "valibot"] as const;
/** Bundled, since its manifest refuses Node 20, in which it works. Its licence is that of the package. */
const BUNDLED = ["canonicalize"];
const FILES = ["dist/core.wasm", "policies/schema.cedarschema"];

/** What is built here must have been built before: `npm run build`. @returns the folder of the package */
export async function buildCommandLine(): Promise<string> {
  const folder = `${ROOT}dist/cli`;
  await rm(folder, { recursive: true, force: true });
  const metafile = `${ROOT}dist/cli.json`;
  await execute("esbuild", [
    "cli/hopgate.ts",
    "--bundle",
    "--splitting",
    "--format=esm",
    "--platform=node",
    "--target=node20",
    "--outdir=dist/cli/cli",
    "--chunk-names=[name]-[hash]",
    `--metafile=${metafile}`,
    "--log-level=warning",
    ...DEPENDENCIES.map((name) => `--external:${name}`),
  ]);
  await refuseOthers(metafile);
  for (const file of FILES) {
    await mkdir(dirname(`${folder}/${file}`), { recursive: true });
    await copyFile(`${ROOT}${file}`, `${folder}/${file}`);
  }
  const manifest = {
    name: "hopgate-cli",
    description: "The command line of a Hopgate gateway: keys, chains, policies, the ledger, revocation",
    engines: { node: ">=20" },
    bin: { hopgate: "cli/hopgate.js" },
    dependencies: await versionsOf(DEPENDENCIES),
  };
  await describePackage(folder, manifest, "docs/command-line.md");
  return folder;
}

/** @throws Error if a package was bundled whose licence would have to be shipped with it */
async function refuseOthers(metafile: string): Promise<void> {
  const { inputs } = JSON.parse(await readFile(metafile, "utf8")) as { inputs: Record<string, unknown> };
  const packages = Object.keys(inputs).map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
  const others = [...new Set(packages)].filter((name) => name !== undefined && !BUNDLED.includes(name));
  if (others.length > 0) throw new Error(`the command line bundles ${others.join(", ")}: make them dependencies`);
}
