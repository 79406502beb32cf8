/** Installs Debian's packages, for tests that need tools of the machine. */
import { succeeds } from "./execute.ts";

/** False where this is no Debian, or we may not. */
export async function installDebian(packages: readonly string[]): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = ["install", "-y", "--no-install-recommends", ...packages];
  return (await succeeds("/usr/bin/apt-get", ["update"], env)) && succeeds("/usr/bin/apt-get", install, env);
}
