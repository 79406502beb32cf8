/** Reads configuration files on the machine that builds and starts gateways. */
import { readFile } from "node:fs/promises";
import { readConfig } from "../worker/config.ts";

/**
 * The text of a valid configuration.
 *
 * @throws Error in one plain line: the file that cannot be read, or each field that is wrong
 */
export async function readConfigFile(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch(({ code }: NodeJS.ErrnoException) => {
    throw new Error(code === "ENOENT" ? `there is no file \`${file}\`` : `cannot read \`${file}\` (${code})`);
  });
  readConfig(text);
  return text;
}
