/** Finds a Chromium for browser tests, or installs it on a Debian machine if permitted. */
import { access } from "node:fs/promises";
import { installDebian } from "./debian.ts";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** CHROMIUM, else one in the usual places, else Debian's; undefined if there is none. */
export async function findChromium(): Promise<string | undefined> {
  const given = process.env["CHROMIUM"];
  for (const place of given === undefined ? PLACES : [given]) if (await exists(place)) return place;
  await installDebian(["chromium", "fonts-dejavu-core"]);
  return (await exists("/usr/bin/chromium")) ? "/usr/bin/chromium" : undefined;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
