/** The console without its pages: requests that none of them makes. In a real browser: test/long/console.test.ts. */

import { beforeAll, describe, expect, test } from "vitest";
import { signInToken } from "../../cli/people.ts";
import { CAST } from "../vectors/craft.ts";
import {
  ADMIN_TOKEN,
  call,
  chainNow,
  eventually,
  latestIat,
  ledgerOf,
  nowSeconds,
  taskOf,
  type World,
} from "./harness.ts";
import { ownActs } from "./own-acts.ts";
import { sharedWorld } from "./shared-world.ts";

const txnOfTask = `task-${crypto.randomUUID()}`;
const task = taskOf(txnOfTask);

let world: World;
beforeAll(async () => {
  world = await sharedWorld();
  await call(world, { chain: await chainNow({ 0: { claims: { txn: txnOfTask } } }) });
  await ledgerOf(world, txnOfTask, 1);
});

const remote = () => ({ gateway: world.url, adminToken: ADMIN_TOKEN });
const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(world.url + path, { headers, redirect: "manual" });
const session = async (name: string, groups: readonly string[]): Promise<string> => {
  const answer = await fetch(`${world.url}/console/sign-in`, {
    method: "POST",
    headers: { origin: world.url, accept: "application/json" },
    body: new URLSearchParams({ token: await signInToken(remote(), { name, groups }) }),
  });
  return ((await answer.json()) as { session: string }).session;
};
const PAGES = ["/decisions", "/decisions/rows", `/tasks/${task}`, "/signs", "/workloads", "/policies", "/revocations"];

test.each(PAGES)("%s shows nothing without a session, and nothing without the role", async (path) => {
  const stranger = await get(`/console${path}`);
  expect([stranger.status, stranger.headers.get("location")]).toEqual([
    302,
    `/console/sign-in?to=${encodeURIComponent(`/console${path}`)}`,
  ]);
  const member = await get(`/console${path}`, { cookie: `hopgate_session=${await session("eve", ["marketing"])}` });
  expect(member.status).toBe(403);
  expect(await member.text()).not.toContain("alice");
  expect((await get(`/console${path}`, { authorization: `Bearer ${"A".repeat(43)}` })).status).toBe(401);
});

test("an auditor may read, and may not revoke", async () => {
  const authorization = `Bearer ${await session("sam", ["security"])}`;
  for (const path of ["/console/revocations", `/console/tasks/${task}/end`]) {
    const answer = await fetch(world.url + path, {
      method: "POST",
      headers: { authorization, origin: world.url },
      body: new URLSearchParams({ kind: "task", task, reason: "x" }),
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
  const revoked = await send("revocations", { kind: "task", task: txnOfTask });
  const page = await revoked.text();
  expect(revoked.status).toBe(400);
  expect(page).toContain("must be base64url of a SHA-256");
  expect(page).toContain(`value="${txnOfTask}"`);
  expect((await call(world, { chain: await chainNow({ 0: { claims: { txn: txnOfTask } } }) })).status).toBe(200);
});

test.each([
  ["markup in a field", { kind: "subject", issuer: '"><script>alert(1)</script>', sub: "<img src=x>" }],
  ["a field that the kind does not have", { kind: "issuer", issuer: "https://idp.acme.example", sub: "<img src=x>" }],
  ["a kind that does not exist", { kind: "__proto__", issuer: "<img src=x>" }],
  ["no reason", { kind: "token", issuer: "https://idp.acme.example", jti: "<img src=x>", reason: " " }],
])("a revocation with %s is refused, and what was typed never becomes markup", async (_, form) => {
  const answer = await fetch(`${world.url}/console/revocations`, {
    method: "POST",
    headers: { authorization: `Bearer ${await session("otto", ["platform"])}`, origin: world.url },
    body: new URLSearchParams({ reason: "tried", ...form }),
    redirect: "manual",
  });
  const page = await answer.text();
  expect(answer.status).toBe(400);
  expect(page).toContain('role="alert"');
  expect(page).not.toMatch(/<img|<script>/);
});

describe("a revocation in the console", () => {
  const revoke = async (form: Record<string, string>): Promise<Response> =>
    fetch(`${world.url}/console/revocations`, {
      method: "POST",
      headers: { authorization: `Bearer ${await session("otto", ["platform"])}`, origin: world.url },
      body: new URLSearchParams({ reason: "tried", ...form }),
      redirect: "manual",
    });
  const statusOf = async (sub: string, iat: number): Promise<number> =>
    (await call(world, { chain: await chainNow({ 0: { claims: { sub, iat, jti: crypto.randomUUID() } } }) })).status;

  test("of only what was issued until now ends that, and nothing that is issued later", async () => {
    const sub = `sub-${crypto.randomUUID()}`;
    expect(await statusOf(sub, nowSeconds() - 60)).toBe(200);
    expect((await revoke({ kind: "subject", issuer: CAST.issuer, sub, earlier: "yes" })).status).toBe(302);
    expect(await statusOf(sub, nowSeconds() - 60)).toBe(401);
    await expect.poll(() => statusOf(sub, latestIat()), { interval: 250 }).toBe(200);
    expect(await statusOf(sub, nowSeconds() - 60)).toBe(401);
  });

  test("of everything is what the form asks for if nothing else is chosen", async () => {
    const sub = `sub-${crypto.randomUUID()}`;
    expect((await revoke({ kind: "subject", issuer: CAST.issuer, sub, earlier: "" })).status).toBe(302);
    expect(await statusOf(sub, nowSeconds() + 3600)).toBe(401);
  });

  test.each([
    ["task", { kind: "task", task }],
    ["token", { kind: "token", issuer: CAST.issuer, jti: "one" }],
    ["hop", { kind: "hop", hash: task }],
  ])("of only what was issued until now is refused for a %s", async (kind, form) => {
    const answer = await revoke({ ...form, earlier: "yes" });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(`does not apply to a ${kind}`);
  });

  test("with an unclear choice is refused, and revokes nothing", async () => {
    const sub = `sub-${crypto.randomUUID()}`;
    const answer = await revoke({ kind: "subject", issuer: CAST.issuer, sub, earlier: "no" });
    expect([answer.status, await statusOf(sub, nowSeconds() - 60)]).toEqual([400, 200]);
  });
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

test("each view is recorded, with who viewed it", async () => {
  await get(`/console/tasks/${task}`, { authorization: `Bearer ${await session("iris", ["security"])}` });
  await eventually(
    () => ownActs(world),
    (acts) =>
      acts.some(
        ({ act, by, about }) => act === "viewed" && by.sub === "iris" && about["path"] === `/console/tasks/${task}`,
      ),
  );
});

test("every page forbids other sites' scripts and frames, and may not be cached", async () => {
  const { headers } = await get("/console/sign-in");
  expect(headers.get("content-security-policy")).toBe(
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  );
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("referrer-policy")).toBe("no-referrer");
});

test("a `txn` in place of a task's identity is not found", async () => {
  const page = await get("/console/tasks/task-17", {
    authorization: `Bearer ${await session("sam", ["security"])}`,
  });
  expect(page.status).toBe(404);
  const text = await page.text();
  expect(text).toContain("There is no such task");
  expect(text).not.toContain("<svg class=");
});

test("values of a chain never become markup", async () => {
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
