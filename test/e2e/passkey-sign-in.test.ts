/** A passkey can be added only after a fresh authentication at the identity provider (oidc-provider). */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser } from "../../examples/browser.ts";
import { type Door, newBrowser, startDoor } from "./door.ts";

/** Seconds: as many as a busy machine takes to ask after a person has authenticated, and more. */
const WITHIN = 15;

let door: Door;
beforeAll(async () => {
  const passkeys = `[console.passkeys]\nrp_id = "127.0.0.1"\nregister_within = ${WITHIN}\n`;
  door = await startDoor({ configure: () => passkeys });
});
afterAll(() => door.stop());

/** Whether the gateway would ask this browser's authenticator for a new passkey. */
async function asked(browser: Browser): Promise<number> {
  const init = { method: "POST", headers: { "content-type": "application/json", origin: door.url }, body: "{}" };
  return (await browser.go(`${door.url}/console/passkeys/challenge`, init)).status;
}
const signIn = (browser: Browser, query = "") => browser.go(`${door.url}/console/sign-in/oidc${query}`);

/** Goes to the provider with another request than the gateway has made. */
async function signInWith(browser: Browser, change: Readonly<Record<string, string | undefined>>): Promise<void> {
  const host = new URL(door.company.issuer).host;
  const stopping = newBrowser((url) => url.host === host);
  for (const [name, jar] of browser.cookies) stopping.cookies.set(name, jar);
  const { url } = await signIn(stopping, "?again=passkeys");
  for (const [name, jar] of stopping.cookies) browser.cookies.set(name, jar);
  expect(url.searchParams.get("prompt")).toBe("login");
  expect(url.searchParams.get("max_age")).toBe(String(WITHIN));
  for (const [name, value] of Object.entries(change))
    if (value === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  await browser.go(url.href);
}

test("a sign-in by a session that the provider still has is not fresh; one with a new authentication is", async () => {
  const browser = newBrowser();
  expect((await signIn(browser)).url.pathname).toBe("/console/approvals");
  expect(await asked(browser)).toBe(403);
  const page = await browser.go(`${door.url}/console/passkeys`);
  expect(page.text).toContain("/console/sign-in/oidc?again=passkeys");
  expect(page.text).not.toContain("data-register");

  const after = await signIn(browser, "?again=passkeys");
  expect(after.url.pathname).toBe("/console/passkeys");
  expect(after.text).toContain("data-register");
  expect(await asked(browser)).toBe(200);

  // Whoever finds the browser a little later signs in again with what is open there, in whatever way the provider
  // takes.
  await expect.poll(() => asked(browser), { timeout: 50_000, interval: 1000 }).toBe(403);
  browser.forget("hopgate");
  await signIn(browser);
  expect(await asked(browser)).toBe(403);
  await signInWith(browser, { prompt: undefined, max_age: undefined });
  expect(await asked(browser)).toBe(403);
  await signInWith(browser, { prompt: undefined, max_age: "100000" });
  expect(await asked(browser)).toBe(403);
  await signInWith(browser, {});
  expect(await asked(browser)).toBe(200);
});
