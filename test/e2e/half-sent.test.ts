/** Bodies that are never sent whole: the request ends, and its place among those in flight is free for others. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HalfRequest, halfSend, statusIn } from "./half-sent.ts";
import { ADMIN_TOKEN, call, chainNow, eventually, proofFor, startWorld, type World } from "./harness.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({
    edit: (config) => config.replace("[gateway]\n", "[gateway]\nbody_timeout = 3\nbody_idle_timeout = 1\n"),
  });
});
afterAll(() => world.stop());

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const ADMIN = { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" };

/** A request of a caller whose chain and proof are good. */
async function asCaller(path: string, scope: string, headers: Record<string, string> = {}): Promise<HalfRequest> {
  const chain = await chainNow({ 0: { claims: { scope } }, 1: { claims: { scope } }, 2: { claims: { scope } } });
  const dpop = await proofFor(world, chain, { path, method: "POST" });
  return { url: world.url, path, headers: { authorization: `DPoP ${chain}`, dpop, ...headers } };
}

const ENDPOINTS: readonly (readonly [string, Omit<HalfRequest, "url">])[] = [
  ["the token endpoint", { path: "/oauth/token", headers: FORM }],
  ["revocation", { path: "/oauth/revoke", headers: FORM }],
  ["introspection", { path: "/oauth/introspect", headers: FORM }],
  ["actor chains", { path: "/oauth/actor-chain/bootstrap", headers: FORM }],
  ["the end of a task", { path: "/oauth/tasks/t/end", headers: FORM }],
  ["security events", { path: "/events", headers: { "content-type": "application/secevent+jwt" } }],
  ["sign-in at the console", { path: "/console/sign-in", headers: FORM }],
  ["revocations for /admin", { path: "/admin/revocations", headers: ADMIN }],
  ["policy sets for /admin", { path: "/admin/policies/sets/abc", method: "PUT", headers: ADMIN }],
];

// At the same time: each waits for the gateway to give up.
describe.concurrent("a body that stops in the middle is answered 408, and the connection closed, by", () => {
  test.each(ENDPOINTS)("%s", async (_, request) => {
    const answer = await halfSend({ url: world.url, ...request }).answer;
    expect(statusIn(answer)).toBe(408);
    expect(answer).toContain("body_incomplete");
  });

  test("the token endpoint, in chunks", async () => {
    const request = { url: world.url, path: "/oauth/token", headers: FORM, chunked: true };
    expect(statusIn(await halfSend(request).answer)).toBe(408);
  });

  test.each([
    ["a tool call", "/mcp", "orders:read", { "content-type": "application/json" }],
    ["a body to be signed", "/refunds", "refunds:write", {}],
    ["a body that streams to its upstream", "/orders/echoes", "orders:read", {}],
  ])("%s", async (_, path, scope, headers) => {
    const answer = await halfSend(await asCaller(path, scope, headers)).answer;
    expect(statusIn(answer)).toBe(408);
    expect(answer).toContain("body_incomplete");
  });

  // The upstream does not get it as a whole one: test/e2e/raw-sockets.long.test.ts, where bodies break off.
  test("a body that streams to its upstream in chunks", async () => {
    const request = await asCaller("/orders/echoes", "orders:read");
    expect(statusIn(await halfSend({ ...request, chunked: true }).answer)).toBe(408);
  });
});

test("a body that is sent a byte at a time must be complete in time too", async () => {
  const trickling = halfSend({ url: world.url, path: "/oauth/token", headers: FORM });
  const timer = setInterval(() => trickling.send("x"), 200);
  expect(statusIn(await trickling.answer)).toBe(408);
  clearInterval(timer);
});

test("a caller who leaves in the middle of a body is not counted as a failure of the gateway", async () => {
  const leaving = halfSend({ url: world.url, path: "/oauth/token", headers: FORM });
  leaving.leave();
  expect(await leaving.answer).toBe("");
  expect((await call(world)).status).toBe(200);
});

test("a thousand such bodies at once delay others no longer than a body may pause, and /healthz is answered", async () => {
  const many = Array.from({ length: 1000 }, () => halfSend({ url: world.url, path: "/oauth/token", headers: FORM }));
  let waiting = many.length;
  for (const { answer } of many) void answer.then(() => waiting--);
  const health: number[] = [];
  while (waiting > 0) {
    health.push((await fetch(`${world.url}/healthz`)).status);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(new Set(health)).toEqual(new Set([200]));
  await eventually(
    async () => (await call(world)).status,
    (status) => status === 200,
  );
  const statuses = new Set((await Promise.all(many.map(({ answer }) => answer))).map(statusIn));
  // 503 if the gateway has no place left.
  expect([...statuses].filter((status) => status !== 503)).toEqual([408]);
});
