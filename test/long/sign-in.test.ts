/**
 * Programs of other projects sign a person in from the URL of the MCP server alone: in a real Chromium, with
 * `oidc-provider` as the company's provider. The conformance suite tests the authorization server.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../local/free-port.ts";
import { launchChromium, noChromium } from "../e2e/browser.ts";
import { type Door, publish, startDoor } from "../e2e/door.ts";
import { runSuite } from "./conformance/suite.ts";
import { installJudge, NODE } from "./judge.ts";
import { report } from "./report.ts";

describe.skipIf(noChromium)("from the URL alone", () => {
  let door: Door;
  let browser: Browser;
  /** What the programs keep. */
  let home: string;
  beforeAll(async () => {
    door = await startDoor({ log: () => undefined });
    browser = await launchChromium();
    home = await mkdtemp(join(tmpdir(), "hopgate-judges-"));
  });
  afterAll(async () => {
    await browser?.close();
    await door?.stop();
    await rm(home, { recursive: true, force: true });
  });

  /** Programs open no browser of their own: the test does. */
  const environment = (): Record<string, string> => ({
    PATH: process.env["PATH"] as string,
    HOME: home,
    MCP_REMOTE_CONFIG_DIR: join(home, "mcp-remote"),
    BROWSER: "true",
    // Without a terminal the inspector asks nobody, unless it is told to.
    MCP_AUTO_OPEN_ENABLED: "true",
  });

  /** Alice opens an address, signs in at her company, and allows what she is asked. */
  async function allowAt(url: string): Promise<void> {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(url);
    await page.getByRole("button", { name: "Allow" }).click();
    await page.waitForURL((at) => at.origin !== new URL(door.url).origin);
    await page.waitForLoadState();
    await context.close();
  }

  /** Waits for the address that a program prints, to send the person there. */
  function addressIn(stream: NodeJS.ReadableStream): Promise<string> {
    let told = "";
    return new Promise((resolve, reject) => {
      stream.on("data", (chunk) => {
        told += String(chunk);
        const found = told.match(/https?:\/\/\S+\/oauth\/authorize\?\S+(?=\s)/)?.[0];
        if (found !== undefined) resolve(found);
      });
      stream.on("end", () => reject(new Error(`no address was printed: ${told}`)));
    });
  }

  test("mcp-remote signs in, lists and calls", async () => {
    const started = performance.now();
    const program = join(await installJudge("mcp-remote@0.15.1"), "dist/proxy.js");
    const transport = new StdioClientTransport({
      command: NODE,
      args: [program, door.mcp],
      env: environment(),
      stderr: "pipe",
    });
    const client = new Client({ name: "behind mcp-remote", version: "1.0.0" });
    const connected = client.connect(transport as Parameters<Client["connect"]>[0]);
    await allowAt(await addressIn(transport.stderr as unknown as NodeJS.ReadableStream));
    await connected;
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["get_order"]);
    const { content } = await client.callTool({ name: "get_order", arguments: { order: "17" } });
    expect(JSON.stringify(content)).toContain('\\"sub\\":\\"alice\\"');
    report(`mcp-remote: ${Math.round(performance.now() - started)} ms from the URL to the answer of a tool`);
    await client.close();
  });

  test("the inspector's command line signs in, lists and calls", async () => {
    const inspector = await installJudge("@modelcontextprotocol/inspector@2.12.0");
    // What it has kept is given back before each request: every time it signs in.
    const ask = async (...args: string[]): Promise<string> => {
      const launcher = join(inspector, "clients/launcher/build/index.js");
      const callback = `http://127.0.0.1:${await freePort()}/oauth/callback`;
      const given = ["--cli", "--server-url", door.mcp, "--format", "json", "--relogin", "--callback-url", callback];
      const { stdout, stderr } = spawn(NODE, [launcher, ...given, ...args], {
        env: environment(),
        stdio: ["ignore", "pipe", "pipe"],
      });
      const told = text(stdout);
      await allowAt(await addressIn(stderr));
      return told;
    };
    const started = performance.now();
    expect(await ask("--method", "tools/list")).toContain("get_order");
    const call = ["--method", "tools/call", "--tool-name", "get_order", "--tool-args-json", '{"order":"17"}'];
    expect(await ask(...call)).toContain("alice");
    report(
      `inspector: ${Math.round(performance.now() - started)} ms from the URL to a list, and again to the answer of a tool`,
    );
  });

  test("the conformance suite finds nothing wrong with the authorization server", async () => {
    const port = await freePort();
    const callback = `http://127.0.0.1:${port}/callback`;
    const client = publish(door, "/suite.json", { redirect_uris: [callback] });
    const verdicts = await runSuite(
      ["authorization", "--url", door.url, "--client-id", client, "--resource", door.mcp, "--port", String(port)],
      async (stdout) => allowAt(await addressIn(stdout)),
    );
    expect(Object.fromEntries(verdicts)).toEqual({
      "authorization-server-metadata-endpoint authorization-server-metadata": "SUCCESS",
      "authorization-server-metadata-endpoint authorization-server-metadata-cimd": "SUCCESS",
      "authorization-code-grant authorization-code-grant": "SUCCESS",
    });
  });
});
