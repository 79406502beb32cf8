/** The Worker's settings in wrangler.toml, for running it without wrangler. */
import { readFileSync } from "node:fs";
import { parse } from "smol-toml";
import * as v from "valibot";

const Wrangler = v.object({
  compatibility_date: v.string(),
  compatibility_flags: v.array(v.string()),
  durable_objects: v.object({ bindings: v.array(v.object({ name: v.string(), class_name: v.string() })) }),
});
const wrangler = v.parse(Wrangler, parse(readFileSync(new URL("../wrangler.toml", import.meta.url), "utf8")));

export const COMPATIBILITY_DATE: string = wrangler.compatibility_date;

export const COMPATIBILITY_FLAGS: readonly string[] = wrangler.compatibility_flags;

/** Classes of the Durable Objects, by their bindings. */
export const DURABLE_OBJECTS: Readonly<Record<string, string>> = Object.fromEntries(
  wrangler.durable_objects.bindings.map(({ name, class_name }) => [name, class_name]),
);
