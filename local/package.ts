/** `npm run package`: builds the packages for publishing, checks their form, and packs them. */
import { parseArgs } from "node:util";
import { buildCore } from "./build.ts";
import { endPlainly } from "./end-plainly.ts";
import { buildCommandLine } from "./packing/command-line.ts";
import { buildLibrary, checkLibrary } from "./packing/library.ts";
import { checkForm, pack } from "./packing/packed.ts";

const HELP = `usage: npm run package

Builds the library to dist/package and the command line to dist/cli, checks them, and packs both.`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { help: { type: "boolean", short: "h", default: false } } });
  if (values.help) return void console.log(HELP);
  const library = await buildLibrary();
  await checkLibrary(library);
  await buildCore();
  const commandLine = await buildCommandLine();
  await checkForm(commandLine);
  for (const folder of [library, commandLine]) console.log(`built and checked ${folder}, packed ${await pack(folder)}`);
}

if (import.meta.main) await endPlainly("package", main());
