/** Published vectors that are not part of the project: in VECTORS_DIR, by default where the workplace keeps them. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = process.env["VECTORS_DIR"] ?? fileURLToPath(new URL("../../../shared/vectors/", import.meta.url));

/** The parsed file, or undefined where it is absent; then the test that wants it is skipped by name. */
export function readVectors<T>(name: string): T | undefined {
  const file = join(folder, name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as T) : undefined;
}
