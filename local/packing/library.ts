/** The library `hopgate`: JavaScript with types, in dist/package. */
import { rm } from "node:fs/promises";
import { execute } from "../execute.ts";
import { checkForm, describePackage, ROOT, versionsOf } from "./packed.ts";

const ENTRIES = ["brokers", "client", "envelope", "upstream"] as const;
const DEPENDENCIES = ["canonicalize", "jose"] as const;

/** @returns the folder of the package */
export async function buildLibrary(): Promise<string> {
  const folder = `${ROOT}dist/package`;
  await rm(folder, { recursive: true, force: true });
  await execute("tsc", ["-p", "tsconfig.package.json"]);
  const versions = await versionsOf(DEPENDENCIES);
  const manifest = {
    name: "hopgate",
    description: "Chained identities for callers, consumers and APIs of a Hopgate gateway",
    sideEffects: false,
    // The version that canonicalize requires.
    engines: { node: ">=22" },
    exports: Object.fromEntries(
      ENTRIES.map((name) => [`./${name}`, { types: `./${name}.d.ts`, default: `./${name}.js` }]),
    ),
    dependencies: Object.fromEntries(DEPENDENCIES.map((name) => [name, `^${versions[name]}`])),
  };
  await describePackage(folder, manifest, "docs/library.md");
  return folder;
}

/** @throws Error with what publint and attw find */
export async function checkLibrary(folder: string): Promise<void> {
  await checkForm(folder);
  await execute("attw", ["--pack", folder, "--profile", "esm-only"]);
}
