/** The consent page and /me in a real browser, in light and dark: people's answers reach the client. */
import { mkdir } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium, noChromium } from "../e2e/browser.ts";
import { ask, type Door, publish, redeem, startDoor, tokensOf } from "../e2e/door.ts";
import { unreadable } from "./narrow.ts";

const SHOTS = "test/long/screenshots";

describe.skipIf(noChromium)("in Chromium", () => {
  let door: Door;
  let browser: Browser;
  let listener: Server;
  let callback: string;
  beforeAll(async () => {
    door = await startDoor();
    browser = await launchChromium();
    await mkdir(SHOTS, { recursive: true });
    // The client's program, which waits on the loopback.
    listener = createServer((_, response) => response.end("You may close this window."));
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    callback = `http://127.0.0.1:${(listener.address() as { port: number }).port}/callback`;
  });
  afterAll(async () => {
    await browser?.close();
    listener?.close();
    await door?.stop();
  });

  async function pageOf(scheme: "light" | "dark", width = 1000) {
    const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: 800 } });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    return { page, complaints, close: () => context.close() };
  }

  async function checkAccessible(page: Page): Promise<void> {
    expect(await page.locator("h1").count()).toBe(1);
    expect(await page.locator("html").getAttribute("lang")).toBe("en");
    const fields = page.locator("input:not([type=hidden])");
    expect(await fields.evaluateAll((all) => all.every((each) => (each as HTMLInputElement).labels?.length))).toBe(
      true,
    );
    expect(await page.locator("th:not([scope])").count()).toBe(0);
    expect(await page.evaluate(unreadable)).toEqual([]);
  }

  test.each([
    ["light", 1000],
    ["dark", 375],
  ] as const)(
    "a person allows less than was requested, and later revokes it (%s, %i pixels wide)",
    async (scheme, width) => {
      const client = publish(door, `/browser-${scheme}.json`, { client_name: "Order Helper" });
      const asking = await ask(door, client, { redirect_uri: callback, scope: "orders:read refunds:write" });
      const { page, complaints, close } = await pageOf(scheme, width);
      await page.goto(asking.url);
      await page.getByRole("heading", { name: "May it act for you?" }).waitFor();
      await checkAccessible(page);
      await page.screenshot({ path: `${SHOTS}/consent-${scheme}.png`, fullPage: true });
      await page.getByLabel("refunds:write").uncheck();
      await page.getByRole("button", { name: "Allow" }).click();
      await page.getByText("You may close this window.").waitFor();
      const back = new URL(page.url());
      expect(back.searchParams.get("iss")).toBe(door.url);
      const code = back.searchParams.get("code") as string;
      const tokens = await tokensOf(await redeem(door, asking, code, { redirect_uri: callback }));
      expect(tokens.scope).toBe("orders:read");

      await page.goto(`${door.url}/me`);
      await page.getByRole("heading", { name: "What acts for you" }).waitFor();
      await checkAccessible(page);
      await page.screenshot({ path: `${SHOTS}/me-${scheme}.png`, fullPage: true });
      await page.getByRole("button", { name: "End what Order Helper may do" }).first().click();
      await page.getByText("Nothing yet.").waitFor();
      expect(complaints.filter((text) => !text.includes("favicon"))).toEqual([]);
      await close();
    },
  );

  test("no page of another site shows the question in a frame", async () => {
    const { page, close } = await pageOf("light");
    const asking = await ask(door, publish(door, "/framed.json"));
    // Signed in before: only the frame is in the way.
    await page.goto(asking.url);
    await page.getByRole("button", { name: "Allow" }).waitFor();
    const outer = createServer((_, response) =>
      response
        .writeHead(200, { "content-type": "text/html" })
        .end(`<iframe src="${asking.url.replaceAll("&", "&amp;")}"></iframe>`),
    );
    await new Promise<void>((resolve) => outer.listen(0, "127.0.0.1", resolve));
    await page.goto(`http://127.0.0.1:${(outer.address() as { port: number }).port}/`);
    await page.waitForLoadState("networkidle");
    const shown = await Promise.all(page.frames().map((frame) => frame.getByRole("button", { name: "Allow" }).count()));
    expect(shown.reduce((sum, each) => sum + each, 0)).toBe(0);
    outer.close();
    await close();
  });
});
