/** Makes the folders that options name. */
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder, and those above it, unless it exists.
 *
 * @param mode of the folders that it makes
 * @throws Error in one plain line
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  const code = await failureOf(path, mode);
  if (code !== undefined) throw new Error(`\`${path}\` is not a folder, and cannot be made one (${code})`);
}

/**
 * Node's own option `recursive` never ends in /proc, where the system reports a folder that cannot be made as if the
 * one above were missing.
 *
 * @returns the code of the error; undefined if there is a folder now
 */
async function failureOf(path: string, mode: number): Promise<string | undefined> {
  const code = await codeOf(mkdir(path, { mode }));
  if (code === "EEXIST") return (await stat(path).catch(() => undefined))?.isDirectory() ? undefined : code;
  const above = dirname(path);
  if (code !== "ENOENT" || above === path) return code;
  return (await failureOf(above, mode)) ?? codeOf(mkdir(path, { mode }));
}

function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(
    () => undefined,
    ({ code }: NodeJS.ErrnoException) => code,
  );
}
