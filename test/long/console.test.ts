/** The console as people see it, in Chromium: sign in, find a task, read its graph, approve, revoke. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signInToken } from "../../cli/people.ts";
import { launchChromium, noChromium } from "../e2e/browser.ts";
import { call, chainNow, ledgerOf, recordsOf, taskOf } from "../e2e/harness.ts";
import { CAST } from "../vectors/craft.ts";
import { approved, longTask, remote, SHOTS, startConsoleWorld, task, world } from "./console-world.ts";
import { rolesOf, unreadable } from "./narrow.ts";

describe.skipIf(noChromium)("in Chromium", () => {
  let stop: () => Promise<void>;
  let browser: Browser;
  beforeAll(async () => {
    stop = await startConsoleWorld();
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await stop?.();
  });

  /** A page of somebody who has just signed in; whatever the browser complains of fails the test. */
  async function pageOf(name: string, groups: readonly string[], scheme: "light" | "dark" = "light", width = 1280) {
    const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: 800 } });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => {
      // A refused page or form is as it should be; everything else that is printed is a fault of ours.
      if (message.type() === "error" && !/status of 40[03]/.test(message.text())) complaints.push(message.text());
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
    // Two requests, and the sign that the first of them is.
    await expect.poll(() => page.locator("tbody tr").count()).toBe(3);
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

  test("the list of decisions shows a new one without a reload", async () => {
    const { page, complaints, close } = await pageOf("sam", ["security"]);
    await page.getByRole("heading", { name: "Decisions" }).waitFor();
    const subject = `live-${crypto.randomUUID().slice(0, 8)}`;
    await call(world, { chain: await chainNow({ 0: { claims: { sub: subject, txn: crypto.randomUUID() } } }) });
    await page.getByText(subject).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test("the list of decisions keeps the focus on a link, and text that is selected, while new ones arrive", async () => {
    const { page, complaints, close } = await pageOf("sam", ["security"]);
    const appears = async (): Promise<void> => {
      const subject = `live-${crypto.randomUUID().slice(0, 8)}`;
      await call(world, { chain: await chainNow({ 0: { claims: { sub: subject, txn: crypto.randomUUID() } } }) });
      await page.getByText(subject).waitFor();
    };
    const link = page.locator("tbody a").first();
    await link.focus();
    const href = await link.getAttribute("href");
    await appears();
    expect(await page.evaluate(() => document.activeElement?.getAttribute("href"))).toBe(href);

    const asked = (): Promise<unknown> => page.waitForResponse((answer) => answer.url().includes("/decisions/rows"));
    const selected = await page.evaluate(() => {
      getSelection()?.selectAllChildren(document.querySelector("tbody td") as Element);
      return String(getSelection());
    });
    for (let i = 0; i < 2; i++) await asked();
    expect([selected.length > 0, await page.evaluate(() => String(getSelection()))]).toEqual([true, selected]);
    await page.evaluate(() => getSelection()?.removeAllRanges());
    await appears();
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
    expect(await page.getByRole("navigation").getByRole("link").allTextContents()).toEqual([
      "Approvals",
      "Reviews",
      "Passkeys",
    ]);
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
    await page.getByText("dora approved: ticket 12").waitFor();
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
    await page.getByText("A workload or agent").click();
    const form = page.locator("details[open]");
    await form.getByText("This is permanent and cannot be undone.").waitFor();
    await form.getByRole("textbox", { name: "Name" }).fill("spiffe://acme.exmaple/agents/rogue");
    await form.getByLabel("Reason").fill("unknown agent");
    await form.getByRole("button", { name: "Revoke" }).click();
    // The misspelt trust domain is beside its field, and nothing that was typed is lost.
    const authority = form.getByLabel("Authority");
    await form.locator("[aria-invalid=true]").waitFor();
    expect(await authority.getAttribute("aria-describedby")).toContain("actor-authority-problem");
    expect(await form.locator("#actor-authority-problem").textContent()).toContain(
      "spiffe://acme.exmaple is not known to this gateway",
    );
    expect(await form.getByLabel("Reason").inputValue()).toBe("unknown agent");
    await checkAccessible(page);
    await form.getByRole("textbox", { name: "Name" }).fill("spiffe://acme.example/agents/rogue");
    await form.getByRole("button", { name: "Revoke" }).click();
    await page.getByText("unknown agent (otto)").waitFor();
    await checkAccessible(page);
    expect(complaints).toEqual([]);
    await close();
  });

  test("workloads and policies are shown", async () => {
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

  test("no page is wider than a phone or a tablet, every cell is visible, and tables are still tables", async () => {
    const { page, complaints, close } = await pageOf("olga", ["platform", "tests"], "dark", 375);
    for (const path of [
      "decisions",
      `tasks/${task}`,
      `tasks/${longTask}`,
      "tasks/none",
      "approvals",
      `approvals/${approved}`,
      "signs",
      "workloads",
      "reviews",
      "policies",
      "revocations",
      "passkeys",
    ]) {
      await page.goto(`${world.url}/console/${path}`);
      await page.locator("details").evaluateAll((all) => all.map((each) => each.setAttribute("open", "")));
      for (const width of [375, 1024]) {
        await page.setViewportSize({ width, height: 800 });
        expect(await page.evaluate(unreadable), `${path} at ${width} px`).toEqual([]);
      }
      await page.setViewportSize({ width: 375, height: 800 });
      if ((await page.locator("table").count()) > 0)
        expect(await rolesOf(page), path).toEqual(expect.arrayContaining(["table", "row", "columnheader", "cell"]));
    }
    // Values are in words: neither JSON, nor a comment that runs into the word before it.
    await page.goto(`${world.url}/console/tasks/${longTask}`);
    const approval = page.getByRole("row").filter({ hasText: "approved" });
    expect(await approval.getByRole("listitem").allTextContents()).toEqual(
      expect.arrayContaining(["comment checked against PO-77", "request method GET"]),
    );
    expect(await page.locator("td").allTextContents()).not.toContainEqual(expect.stringContaining("{"));
    await page.getByText("refund_order").last().waitFor();
    expect(complaints.filter((text) => !text.includes("status of 404"))).toEqual([]);
    await close();
  });

  test("a person signs in by OpenID Connect, and signs out", async () => {
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
