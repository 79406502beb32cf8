/** Calls of pages from other origins: what preflights allow, what answers show, and a real browser that holds to it. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium, noChromium } from "./browser.ts";
import { call, chainNow, proofFor, type World } from "./harness.ts";
import { sharedWorld } from "./shared-world.ts";

let world: World;
/** The origin that the route allows: the upstream's own pages. */
let friend: string;
const STRANGER = "https://elsewhere.example";
beforeAll(async () => {
  world = await sharedWorld();
  friend = world.upstream.url;
});

async function preflight(path: string, origin: string, method = "GET"): Promise<Headers & { status?: number }> {
  const answer = await fetch(world.url + path, {
    method: "OPTIONS",
    redirect: "manual",
    headers: {
      origin,
      "access-control-request-method": method,
      "access-control-request-headers": "authorization, dpop",
    },
  });
  return Object.assign(answer.headers, { status: answer.status });
}

describe("a preflight", () => {
  test("of an origin that the route allows is answered with methods and headers, and reaches no upstream", async () => {
    const headers = await preflight("/pages/1", friend, "POST");
    expect(headers.status).toBe(204);
    expect(headers.get("access-control-allow-origin")).toBe(friend);
    expect(headers.get("access-control-allow-methods")).toBe("GET, POST");
    for (const name of ["Authorization", "DPoP", "Content-Type", "Hop-Approval"])
      expect(headers.get("access-control-allow-headers")?.split(", ")).toContain(name);
    expect(headers.get("access-control-allow-credentials")).toBeNull();
    expect(headers.get("vary")).toBe("Origin");
  });

  test.each([
    ["of another origin", "/pages/1", STRANGER],
    ["of no origin at all", "/pages/1", "null"],
    ["on a route that allows none", "/orders/1", STRANGER],
    ["for the administration", "/admin/policies", STRANGER],
    ["for the console", "/console/approvals", STRANGER],
  ])("%s allows nothing", async (_, path, origin) => {
    expect((await preflight(path, origin)).get("access-control-allow-origin")).toBeNull();
  });

  test.each([
    ["/.well-known/jwks.json", "GET"],
    ["/.well-known/oauth-authorization-server", "GET"],
    ["/.well-known/oauth-protected-resource/orders", "GET"],
    ["/oauth/token", "POST"],
  ])("for %s allows every origin", async (path, method) => {
    const headers = await preflight(path, STRANGER, method);
    expect([headers.status, headers.get("access-control-allow-origin")]).toEqual([204, "*"]);
    expect(headers.get("access-control-allow-methods")).toBe(method);
  });
});

describe("an answer", () => {
  test("can be read by the page with the headers that it needs, a refusal too", async () => {
    const chain = await chainNow();
    const allowed = await call(world, { chain, path: "/pages/1", headers: { origin: friend } });
    expect([allowed.status, allowed.headers.get("access-control-allow-origin")]).toEqual([200, friend]);
    const refused = await call(world, {
      chain: await chainNow({ 0: { claims: { exp: 1 } } }),
      path: "/pages/1",
      headers: { origin: friend },
    });
    expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([401, friend]);
    for (const name of ["WWW-Authenticate", "DPoP-Nonce", "Hop-Decision"])
      expect(refused.headers.get("access-control-expose-headers")?.split(", ")).toContain(name);
    expect(refused.headers.get("vary")).toBe("Origin");
  });

  test("cannot be read by another origin", async () => {
    const answer = await call(world, { path: "/pages/1", headers: { origin: STRANGER } });
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("of the token endpoint can be read with its nonce", async () => {
    const answer = await fetch(`${world.url}/oauth/token`, { method: "POST", headers: { origin: STRANGER } });
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("access-control-expose-headers")).toContain("DPoP-Nonce");
    expect(answer.headers.get("dpop-nonce")).not.toBeNull();
  });
});

describe.skipIf(noChromium)("in Chromium", () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await launchChromium();
    page = await browser.newPage();
    await page.goto(`${friend}/orders/page`);
  });
  afterAll(() => browser.close());

  /** Status and decision as a page of the allowed origin sees them, or the error of its fetch. */
  async function fromPage(path: string): Promise<string> {
    const chain = await chainNow();
    const headers = { authorization: `DPoP ${chain}`, dpop: await proofFor(world, chain, { path }) };
    return page.evaluate(
      async ([url, sent]) => {
        try {
          const answer = await fetch(url, { headers: sent });
          return `${answer.status} ${answer.headers.get("hop-decision") !== null}`;
        } catch (error) {
          return (error as Error).name;
        }
      },
      [world.url + path, headers] as const,
    );
  }

  test("a page calls a route that allows its origin, and reads the decision", async () => {
    expect(await fromPage("/pages/1")).toBe("200 true");
  });

  test("a page cannot call a route that does not allow its origin", async () => {
    expect(await fromPage("/orders/1")).toBe("TypeError");
  });

  test("a page reads the gateway's keys", async () => {
    const keys = await page.evaluate(
      async (url) => ((await (await fetch(url)).json()) as { keys: unknown[] }).keys.length,
      `${world.url}/.well-known/jwks.json`,
    );
    expect(keys).toBe(2);
  });
});
