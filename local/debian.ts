/** Installs Debian's packages, for tests that need tools of the machine. */
import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** False where this is no Debian, or we may not. */
export async function installDebian(packages: readonly string[]): Promise<boolean> {
  const apt = "/usr/bin/apt-get";
  const isThere = await access(apt).then(
    () => true,
    () => false,
  );
  if (process.getuid?.() !== 0 || !isThere) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return run(apt, ["update"], { env })
    .then(() => run(apt, ["install", "-y", "--no-install-recommends", ...packages], { env }))
    .then(
      () => true,
      () => false,
    );
}
