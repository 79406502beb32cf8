/** A real browser for the tests: Chromium, headless, with no business of its own on the network. */
import { type Browser, chromium } from "playwright-core";
import { findChromium } from "../../local/chromium.ts";

const found = await findChromium();
/** True if none can be installed: tests in a browser are then skipped. */
export const noChromium = found === undefined;
if (noChromium) console.warn("no Chromium here (set CHROMIUM): nothing is tested in a browser");

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: found as string,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
