/** Installs Debian packages, for tests that need tools of the machine. */
import { succeeds } from "./execute.ts";

/** False if this is not Debian, or we lack the permission. */
export async function installDebian(packages: readonly string[]): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = ["install", "-y", "--no-install-recommends", ...packages];
  return (await succeeds("/usr/bin/apt-get", ["update"], env)) && succeeds("/usr/bin/apt-get", install, env);
}
