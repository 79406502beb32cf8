/** Finds a Chromium for browser tests; on a Debian machine where we may, installs it. */
import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** CHROMIUM, else one in the usual places, else Debian's; undefined where there is none to be had. */
export async function findChromium(): Promise<string | undefined> {
  const given = process.env["CHROMIUM"];
  for (const place of given === undefined ? PLACES : [given]) if (await exists(place)) return place;
  if (process.getuid?.() !== 0 || !(await exists("/usr/bin/apt-get"))) return undefined;
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update"], { env });
    await run("apt-get", ["install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"], { env });
  } catch {
    return undefined;
  }
  return (await exists("/usr/bin/chromium")) ? "/usr/bin/chromium" : undefined;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
