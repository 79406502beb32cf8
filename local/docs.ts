/** `npm run docs`: prints the pages that are generated from code. A test fails if one is out of date. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { endPlainly } from "./end-plainly.ts";
import { pictures } from "./pictures/draw.ts";
import { commandsPage } from "./reference/commands.ts";
import { configurationPage } from "./reference/configuration.ts";
import { controlsPage } from "./reference/controls.ts";
import { errorsPage } from "./reference/errors.ts";
import { headersPage } from "./reference/headers.ts";
import { logPage, logSchema } from "./reference/log.ts";
import { metricsPage } from "./reference/metrics.ts";

/** The printed pages, by file. */
export const PAGES: Readonly<Record<string, () => string>> = {
  "docs/errors.md": errorsPage,
  "docs/controls.md": controlsPage,
  "docs/reference/configuration.md": configurationPage,
  "docs/reference/commands.md": commandsPage,
  "docs/reference/headers-and-claims.md": headersPage,
  "docs/reference/metrics.md": metricsPage,
  "docs/reference/log.md": logPage,
  "docs/reference/log.schema.json": logSchema,
  ...pictures(),
};

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { help: { type: "boolean", short: "h", default: false } } });
  if (values.help)
    return void console.log(
      `usage: npm run docs\n\nPrints the pages that are made from code:\n\n  ${Object.keys(PAGES).join("\n  ")}`,
    );
  for (const [name, page] of Object.entries(PAGES)) {
    const file = fileURLToPath(new URL(`../${name}`, import.meta.url));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, page());
    console.log(`wrote ${name}`);
  }
}

if (import.meta.main) await endPlainly("docs", main());
