/** Folders for what the contenders keep: beside the build, so that all of it lies on one disk; taken away at the end. */
import { rmSync } from "node:fs";
import { mkdir, mkdtemp } from "node:fs/promises";
import { join } from "node:path";

/** Runs with a new folder; each contender takes one below, by its path from the project's root. */
export async function withStates<T>(run: (stateOf: (name: string) => string) => Promise<T>): Promise<T> {
  const parent = "dist/bench";
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, "state-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  // Also where the bench is ended from outside.
  process.once("exit", remove);
  try {
    return await run((name) => join(folder, name));
  } finally {
    process.off("exit", remove);
    remove();
  }
}
