/** The console in a real browser: sign in, find a task, read its graph, approve, revoke; and what others do not see. */
import { mkdir } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signInToken } from "../../cli/people.ts";
import { CAST, keyNamed } from "../vectors/craft.ts";
import { launchChromium, noChromium } from "./browser.ts";
import {
  ADMIN_TOKEN,
  call,
  chainNow,
  eventually,
  ledgerOf,
  readiness,
  recordsOf,
  startWorld,
  taskOf,
  type World,
} from "./harness.ts";

const SHOTS = "test/e2e/screenshots";
const PARTNER = "https://agents.partner.example/reader";

let world: World;
const txnOfTask = `task-${crypto.randomUUID()}`;
const task = taskOf(txnOfTask);
const remote = () => ({ gateway: world.url, adminToken: ADMIN_TOKEN });

beforeAll(async () => {
  world = await startWorld();
  await mkdir(SHOTS, { recursive: true });
  const chain = await chainNow({ 0: { claims: { txn: txnOfTask } } });
  const key = await keyNamed("partner");
  const partner = await chainNow({
    0: { claims: { txn: txnOfTask } },
    2: { claims: { sub: PARTNER, scope: "orders:read", cnf: { jwk: key.jwk } } },
  });
  for (let i = 0; i < 3; i++) await call(world, { chain });
  await call(world, { chain, method: "POST", path: "/refunds" });
  await call(world, { chain: partner, key });
  await call(world, { chain: partner, key, method: "POST", path: "/refunds" });
  await call(world, { chain, path: "/exports/today", headers: { "hop-break-glass": '"the order system is down"' } });
  await ledgerOf(world, task, 7);
  // The inventory is counted with what goes to the long-term store.
  await eventually(
    async () => ((await (await readiness(world)).json()) as { ledger: { waiting: number } }).ledger.waiting,
    (waiting) => waiting === 0,
  );
});
afterAll(() => world.stop());

const today = (): string => `gateway:${new Date().toISOString().slice(0, 10)}`;
const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(world.url + path, { headers, redirect: "manual" });

describe.skipIf(noChromium)("in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  /** A page of somebody who has just signed in; whatever the browser complains of fails the test. */
  async function pageOf(name: string, groups: readonly string[], scheme: "light" | "dark" = "light") {
    const context = await browser.newContext({ colorScheme: scheme, viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => {
      // A refused page is a refused page; everything else that is printed is a fault of ours.
      if (message.type() === "error" && !message.text().includes("status of 403")) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(`${world.url}/console/sign-in?token=${await signInToken(remote(), { name, groups })}`);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(({ pathname }) => pathname !== "/console/sign-in");
    return { page, complaints, close: () => context.close() };
  }

  /** What a reader of the page without eyes or mouse depends on. */
  async function checkAccessible(page: Page): Promise<void> {
    expect(await page.locator("h1").count()).toBe(1);
    expect(await page.locator("html").getAttribute("lang")).toBe("en");
    expect(
      await page
        .locator("input:not([type=hidden]), select")
        .evaluateAll((fields) => fields.every((field) => (field as HTMLInputElement).labels?.length)),
    ).toBe(true);
    expect(await page.locator("th:not([scope])").count()).toBe(0);
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to content");
  }

  test.each(["light", "dark"] as const)("an auditor finds the task and reads its graph (%s)", async (scheme) => {
    const { page, complaints, close } = await pageOf("sam", ["security"], scheme);
    await page.getByRole("heading", { name: "Decisions" }).waitFor();
    await page.getByLabel("Subject, actor, task or decision").fill("partner.example");
    await page.getByRole("button", { name: "Search" }).click();
    await expect.poll(() => page.locator("tbody tr").count()).toBe(2);
    await page.screenshot({ path: `${SHOTS}/decisions-${scheme}.png` });
    await checkAccessible(page);

    await page.locator("tbody a").first().click();
    await page.getByRole("heading", { name: "Task" }).waitFor();
    const graph = page.getByRole("img", { name: "The chain of the task" });
    const text = (await graph.textContent()) ?? "";
    for (const part of [
      "alice",
      "customer-support/refund",
      "agents/support",
      "services/refunds",
      "partner.example/reader",
    ])
      expect(text).toContain(part);
    // What was not handed on is shown as such: the partner's agent has no refunds:write.
    expect(await graph.locator("text.withheld").allTextContents()).toEqual(
      expect.arrayContaining([expect.stringContaining("refunds:write"), expect.stringContaining("payouts:write")]),
    );
    expect(text).toContain("GET /orders/17 ×3");
    expect(await graph.locator("text.denied").count()).toBe(1);
    expect(text).toContain("break-glass");
    expect(await page.locator("main").textContent()).toContain("the chain of hashes is whole");
    await page.screenshot({
      path: `${SHOTS}/task-${scheme}.png`,
      clip: { x: 0, y: 0, width: 1280, height: 900 },
      fullPage: true,
    });
    await checkAccessible(page);
    expect(complaints).toEqual([]);
    await close();
  });

  test("the list of decisions is live", async () => {
    const { page, complaints, close } = await pageOf("sam", ["security"]);
    await page.getByRole("heading", { name: "Decisions" }).waitFor();
    const subject = `live-${crypto.randomUUID().slice(0, 8)}`;
    await call(world, { chain: await chainNow({ 0: { claims: { sub: subject, txn: crypto.randomUUID() } } }) });
    await page.getByText(subject).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test("an approver sees the whole chain and approves; the request passes", async () => {
    const txn = `task-${crypto.randomUUID()}`;
    const chain = await chainNow({
      0: { claims: { txn, authorization_details: [{ type: "export", rows: 1200 }] } },
      1: { claims: { authorization_details: [{ type: "export", rows: 1200 }] } },
      2: { claims: { authorization_details: [{ type: "export", rows: 1200 }] } },
    });
    const asked = (await (await call(world, { chain, path: "/exports/today" })).json()) as {
      approval: { id: string; uri: string };
    };
    const { page, complaints, close } = await pageOf("dora", ["data-protection"]);
    await page.getByRole("heading", { name: "Waiting (1)" }).waitFor();
    expect(await page.getByRole("navigation").getByRole("link").allTextContents()).toEqual(["Approvals"]);
    await page.goto(asked.approval.uri);
    const told = (await page.locator("main").textContent()) ?? "";
    for (const part of [
      "GET /exports/today",
      "alice",
      "customer-support/refund",
      CAST.agent,
      CAST.service,
      txn,
      '"rows": 1200',
      "data-protection",
    ])
      expect(told).toContain(part);
    await checkAccessible(page);
    await page.getByLabel("Comment").fill("ticket 12");
    await page.screenshot({ path: `${SHOTS}/approval-light.png`, fullPage: true });
    await page.getByRole("button", { name: "Approve once" }).click();
    await page.getByText("dora approved ticket 12").waitFor();
    expect(
      (await call(world, { chain, path: "/exports/today", headers: { "hop-approval": asked.approval.id } })).status,
    ).toBe(200);
    // Of the rest she sees nothing.
    await page.goto(`${world.url}/console/decisions`);
    await page.getByRole("heading", { name: "Not for you" }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test("an operator ends the task; its next request is refused", async () => {
    const txn = `task-${crypto.randomUUID()}`;
    const chain = await chainNow({ 0: { claims: { txn } } });
    await call(world, { chain });
    await ledgerOf(world, txn, 1);
    const { page, complaints, close } = await pageOf("otto", ["platform"]);
    await page.goto(`${world.url}/console/tasks/${taskOf(txn)}`);
    await page.getByLabel("Why").fill("the agent went astray");
    await page.getByRole("button", { name: "End the task" }).click();
    await page.locator("strong", { hasText: "ended" }).waitFor();
    expect((await call(world, { chain })).status).toBe(401);
    expect(await recordsOf(world, txn, 3)).toContainEqual(
      expect.objectContaining({ act: "revoked", by: expect.objectContaining({ sub: "otto" }) }),
    );
    await page.getByRole("link", { name: "Revocations" }).click();
    await page.getByText("the agent went astray (otto)").waitFor();
    await page.getByLabel("Kind").selectOption("actor");
    await page.getByRole("textbox", { name: "Issuer" }).fill("spiffe://acme.example");
    await page.getByRole("textbox", { name: "Name" }).fill("spiffe://acme.example/agents/rogue");
    await page.getByLabel("Why").fill("unknown agent");
    await page.getByRole("button", { name: "Revoke" }).click();
    await page.getByText("unknown agent (otto)").waitFor();
    await checkAccessible(page);
    expect(complaints).toEqual([]);
    await close();
  });

  test("workloads and policies", async () => {
    const { page, complaints, close } = await pageOf("sam", ["security"]);
    await page.getByRole("link", { name: "Workloads" }).click();
    const row = page.locator("tr", { hasText: "agents/support" });
    expect(await row.locator("code.withheld").allTextContents()).toContain("payouts:write");
    await checkAccessible(page);
    await page.screenshot({ path: `${SHOTS}/workloads-light.png` });
    await page.getByRole("link", { name: "Policies" }).click();
    await page.getByText("in force").first().waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test("sign-in by OpenID Connect, and out again", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${world.url}/console`);
    await page.getByRole("link", { name: "Sign in with your identity provider" }).click();
    await page.getByRole("heading", { name: "Decisions" }).waitFor();
    expect(await page.locator(".who").textContent()).toContain("Olga Auditor");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.goto(`${world.url}/console/decisions`);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await context.close();
  });

  test("a forged ID token signs nobody in", async () => {
    world.upstream.openId.forging = true;
    const page = await browser.newPage();
    await page.goto(`${world.url}/console/sign-in/oidc`);
    await page.getByRole("alert").waitFor();
    expect(await page.getByRole("alert").textContent()).toContain("did not succeed");
    world.upstream.openId.forging = false;
    await page.close();
  });
});

describe("from outside", () => {
  const session = async (name: string, groups: readonly string[]): Promise<string> => {
    const answer = await fetch(`${world.url}/console/sign-in`, {
      method: "POST",
      headers: { origin: world.url, accept: "application/json" },
      body: new URLSearchParams({ token: await signInToken(remote(), { name, groups }) }),
    });
    return ((await answer.json()) as { session: string }).session;
  };
  const PAGES = [
    "/decisions",
    "/decisions/rows",
    `/tasks/${task}`,
    "/signs",
    "/workloads",
    "/policies",
    "/revocations",
  ];

  test.each(PAGES)("%s shows nothing without a session, and nothing without the role", async (path) => {
    const stranger = await get(`/console${path}`);
    expect([stranger.status, stranger.headers.get("location")]).toEqual([302, "/console/sign-in"]);
    const member = await get(`/console${path}`, { cookie: `hopgate_session=${await session("eve", ["marketing"])}` });
    expect(member.status).toBe(403);
    expect(await member.text()).not.toContain("alice");
    expect((await get(`/console${path}`, { authorization: `Bearer ${"A".repeat(43)}` })).status).toBe(401);
  });

  test("an auditor may look, and not revoke", async () => {
    const authorization = `Bearer ${await session("sam", ["security"])}`;
    for (const path of ["/console/revocations", `/console/tasks/${task}/end`]) {
      const answer = await fetch(world.url + path, {
        method: "POST",
        headers: { authorization, origin: world.url },
        body: new URLSearchParams({ kind: "task", value: task, reason: "x" }),
      });
      expect(answer.status).toBe(403);
    }
  });

  test("a form from another site changes nothing", async () => {
    const cookie = `hopgate_session=${await session("otto", ["platform"])}`;
    const end = (origin: string): Promise<Response> =>
      fetch(`${world.url}/console/tasks/${taskOf("another")}/end`, {
        method: "POST",
        headers: { cookie, origin },
        body: new URLSearchParams({ reason: "x" }),
        redirect: "manual",
      });
    expect((await end("https://evil.example")).status).toBe(403);
    expect((await end(world.url)).status).toBe(302);
  });

  test("a task is ended only by its identity: naming its txn ends nothing, and the answer says so", async () => {
    const authorization = `Bearer ${await session("otto", ["platform"])}`;
    const send = (path: string, form: Record<string, string>): Promise<Response> =>
      fetch(`${world.url}/console/${path}`, {
        method: "POST",
        headers: { authorization, origin: world.url },
        body: new URLSearchParams({ reason: "x", ...form }),
        redirect: "manual",
      });
    expect((await send(`tasks/${txnOfTask}/end`, {})).status).toBe(400);
    const revoked = await send("revocations", { kind: "task", value: txnOfTask });
    expect([revoked.status, await revoked.text()]).toEqual([400, expect.stringContaining("`task`")]);
    expect((await call(world, { chain: await chainNow({ 0: { claims: { txn: txnOfTask } } }) })).status).toBe(200);
  });

  test("a one-time token is accepted once", async () => {
    const token = await signInToken(remote(), { name: "sam", groups: ["security"] });
    const use = (): Promise<Response> =>
      fetch(`${world.url}/console/sign-in`, {
        method: "POST",
        headers: { origin: world.url },
        body: new URLSearchParams({ token }),
        redirect: "manual",
      });
    expect((await use()).status).toBe(302);
    expect((await use()).status).toBe(401);
  });

  test("each look is recorded, with who looked", async () => {
    await get(`/console/tasks/${task}`, { authorization: `Bearer ${await session("iris", ["security"])}` });
    await eventually(
      () => recordsOf(world, today(), 1),
      (records) =>
        records.some(
          (record) =>
            "act" in record &&
            record.act === "viewed" &&
            record.by.sub === "iris" &&
            record.about["path"] === `/console/tasks/${task}`,
        ),
    );
  });

  test("every page forbids scripts and frames of others, and is not kept", async () => {
    const { headers } = await get("/console/sign-in");
    expect(headers.get("content-security-policy")).toBe(
      "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
  });

  test("a `txn` in place of a task's identity is no task", async () => {
    const page = await get("/console/tasks/task-17", {
      authorization: `Bearer ${await session("sam", ["security"])}`,
    });
    expect(page.status).toBe(404);
    const text = await page.text();
    expect(text).toContain("There is no such task");
    expect(text).not.toContain("<svg class=");
  });

  test("what a chain says never becomes markup", async () => {
    const txn = `task-${crypto.randomUUID()}`;
    const sub = '<img src=x onerror="alert(1)">';
    await call(world, { chain: await chainNow({ 0: { claims: { txn, sub } } }) });
    await ledgerOf(world, txn, 1);
    const page = await get(`/console/tasks/${taskOf(txn)}`, {
      authorization: `Bearer ${await session("sam", ["security"])}`,
    });
    const text = await page.text();
    expect(text).toContain("&lt;img src=x");
    expect(text).not.toContain("<img");
  });
});
