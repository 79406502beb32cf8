/** What a gateway that fails answers, logs and records. */
import { importJWK, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startSession } from "../../cli/people.ts";
import { CAST, keyNamed, leafKey } from "../vectors/craft.ts";
import { CLIENT } from "./clients.ts";
import {
  ADMIN_TOKEN,
  call,
  chainNow,
  eventually,
  ledgerNow,
  nowSeconds,
  recordsOf,
  refusalOf,
  startWorld,
  type World,
} from "./harness.ts";
import { wrapWorker } from "./wrapped.ts";

let world: World;
let lines: string[] = [];
beforeAll(async () => {
  world = await startWorld({
    bundle: await wrapWorker("broken"),
    log: (line) => lines.push(line),
    edit: (config) => `${config}\n[telemetry]\notlp = "${/upstream = "(http[^"]+)"/.exec(config)?.[1]}/otlp"\n`,
  });
});
afterAll(() => world.stop());
beforeEach(() => {
  lines = [];
});

interface Logged {
  readonly event: string;
  readonly decision: string;
  readonly trace_id: string;
  readonly rule: string;
  readonly status: number;
  readonly error: { name: string; message: string; stack: string[]; cause?: Logged["error"] };
}

/** The lines that tell of a failure, once there is one; and none of them holds a token. */
async function failures(): Promise<Logged[]> {
  const read = async (): Promise<Logged[]> =>
    lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Logged);
  const failed = (each: Logged): boolean => each.event.endsWith("_failed");
  const all = await eventually(read, (each) => each.some(failed));
  for (const line of lines) expect(line).not.toMatch(/eyJ/);
  return all.filter(failed);
}

/** A SET that is as it must be, of a transmitter whose keys nobody has. */
async function event(iss: string): Promise<string> {
  const key = await keyNamed("idp");
  const jwk = { ...key.jwk, d: Buffer.from(key.seed).toString("base64url") };
  const type = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
  const events = { [type]: { subject: { format: "iss_sub", iss, sub: "bob" } } };
  return new SignJWT({ iss, aud: CAST.gateway, jti: crypto.randomUUID(), iat: nowSeconds(), events })
    .setProtectedHeader({ alg: "EdDSA", typ: "secevent+jwt", kid: "idp-1" })
    .sign(await importJWK(jwk, "EdDSA"));
}

/** The span of a decision, as the collector got it. */
async function spanOf(decision: string): Promise<object | undefined> {
  const find = async (): Promise<object | undefined> =>
    world.upstream.telemetry
      .filter(({ path }) => path === "/otlp/v1/traces")
      .flatMap(({ body }) => JSON.parse(body).resourceSpans[0].scopeSpans[0].spans as object[])
      .find((span) => JSON.stringify(span).includes(decision));
  return eventually(find, (found) => found !== undefined);
}

const newTask = (): string => `task-${crypto.randomUUID()}`;

describe("a store that is down", () => {
  test("ends the request with 503 before anything is forwarded, is logged once with its cause, and counted as failed", async () => {
    const txn = newTask();
    const chain = await chainNow({ 0: { claims: { txn } } });
    const before = world.upstream.asked.get("/orders/17");
    const refusal = await refusalOf(await call(world, { chain, headers: { "test-broken": "LEDGER" } }));
    expect(refusal).toMatchObject({ status: 503, error: "temporarily_unavailable", rule: "ledger_unavailable" });
    const [line, ...more] = await failures();
    expect(more).toEqual([]);
    expect(line).toMatchObject({
      event: "request_failed",
      decision: refusal.decision,
      rule: "ledger_unavailable",
      status: 503,
      error: {
        name: "HopError",
        cause: { name: "Error", message: expect.stringContaining("injected: LEDGER is down") },
      },
    });
    expect(line?.error.cause?.stack.join()).toMatch(/at /);
    expect(world.upstream.asked.get("/orders/17")).toBe(before);
    expect(await ledgerNow(world, txn)).toEqual([]);
    const metrics = await fetch(`${world.url}/metrics`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
    expect(await metrics.text()).toContain(',hopgate_outcome="failed",hopgate_rule="ledger_unavailable"');
    expect(await spanOf(refusal.decision)).toMatchObject({ status: { code: 2 } });
  });

  test("that fails in an unexpected way is answered `internal`, and logged with its stack", async () => {
    const txn = newTask();
    const scope = "crm:read";
    const chain = await chainNow({ 0: { claims: { txn, scope } }, 1: { claims: { scope } }, 2: { claims: { scope } } });
    const path = "/crm-limited/customers/7";
    const refusal = await refusalOf(await call(world, { path, chain, headers: { "test-broken": "LIMITS now" } }));
    expect(refusal).toMatchObject({ status: 500, error: "server_error", rule: "internal" });
    expect(refusal.description).toBe("the gateway failed (internal)");
    const [line, ...more] = await failures();
    expect(more).toEqual([]);
    expect(line).toMatchObject({ event: "request_failed", decision: refusal.decision, rule: "internal", status: 500 });
    expect(line?.error.cause).toMatchObject({ message: expect.stringContaining("injected: LIMITS is down") });
    expect(line?.error.cause?.stack.length).toBeGreaterThan(0);
    // It was admitted: what came of it is told.
    expect(await recordsOf(world, txn, 1)).toMatchObject([{ outcome: "failed", rule: "internal", status: 500 }]);
  });

  test("is logged with the cause, if an issuer's keys cannot be fetched", async () => {
    const chain = await chainNow({ 0: { claims: { iss: "https://down.acme.example" } } }, 1);
    const refusal = await refusalOf(await call(world, { chain, key: await leafKey(1) }));
    expect(refusal).toMatchObject({ status: 503, rule: "trust_unavailable" });
    const [line, ...more] = await failures();
    expect(more).toEqual([]);
    expect(line).toMatchObject({
      decision: refusal.decision,
      error: { cause: { message: expect.stringContaining("503") } },
    });
  });

  test("is answered 503 by the administration too, and never as an error of its caller", async () => {
    const answer = await fetch(`${world.url}/admin/policies/sets/${"A".repeat(43)}`, {
      method: "GET",
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "test-broken": "KV" },
    });
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ error: "server_error", rule: "internal" });
    expect(await failures()).toMatchObject([{ event: "request_failed", rule: "internal" }]);
  });

  test("is reported by the console as a page to people, and as JSON to programs", async () => {
    const session = await startSession(
      { gateway: world.url, adminToken: ADMIN_TOKEN },
      { name: "olga", groups: ["platform"] },
    );
    const look = (accept: string): Promise<Response> =>
      fetch(`${world.url}/console/approvals`, {
        headers: { cookie: `hopgate_session=${session}`, accept, "test-broken": "APPROVALS" },
      });
    const page = await look("text/html");
    expect([page.status, page.headers.get("content-type")]).toEqual([500, "text/html; charset=UTF-8"]);
    const [{ decision, rule }] = (await failures()) as [Logged];
    expect(rule).toBe("internal");
    const text = await page.text();
    expect(text).toContain(decision);
    expect(text).not.toContain("injected");
    expect(await (await look("application/json")).json()).toMatchObject({ error: "server_error", rule: "internal" });
  });

  test("does not make a valid registration invalid", async () => {
    const client = { ...CLIENT, client_id: "https://app.acme.example", actor: "https://app.acme.example" };
    const put = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${world.url}/admin/clients/${encodeURIComponent(client.client_id)}`, {
        method: "PUT",
        headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...headers },
        body: JSON.stringify(client),
      });
    expect((await put({})).status).toBe(200);
    expect((await put({ "test-broken": "CLIENTS" })).status).toBe(500);
    expect(await failures()).toHaveLength(1);
  });

  test("makes the token endpoint answer 503 and log why", async () => {
    const answer = await fetch(`${world.url}/oauth/token`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa("somebody:secret")}`, "test-broken": "KV" },
      body: new URLSearchParams({ grant_type: "client_credentials" }),
    });
    expect(answer.status).toBe(503);
    expect(await failures()).toMatchObject([
      { event: "oauth_failed", rule: "temporarily_unavailable", error: { cause: { name: "Error" } } },
    ]);
  });
});

test("a refusal is not logged as a failure", async () => {
  const refusal = await refusalOf(await call(world, { chain: await chainNow({ 0: { claims: { exp: 1 } } }) }));
  expect(refusal).toMatchObject({ status: 401, rule: "expired" });
  expect((await call(world)).status).toBe(200);
  expect(lines.filter((line) => line.includes("_failed"))).toEqual([]);
});

test("an event is answered 503 while its transmitter's keys cannot be fetched, and is delivered again", async () => {
  const answer = await fetch(`${world.url}/events`, {
    method: "POST",
    headers: { "content-type": "application/secevent+jwt" },
    body: await event("https://silent.example"),
  });
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
  expect(await failures()).toMatchObject([{ event: "event_failed", status: 503 }]);
});

describe("sign-in by OpenID Connect", () => {
  test("with a provider that is down is answered 503, and logged", async () => {
    world.upstream.openId.down = true;
    const answer = await fetch(`${world.url}/console/sign-in/oidc`, { redirect: "manual" });
    world.upstream.openId.down = false;
    expect(answer.status).toBe(503);
    expect(await failures()).toMatchObject([{ event: "sign_in_failed", status: 503 }]);
  });

  test("whose provider goes down before the callback is answered 503, and not refused", async () => {
    // A provider that was down is not asked again for ten seconds.
    const begun = await eventually(
      () => fetch(`${world.url}/console/sign-in/oidc`, { redirect: "manual" }),
      ({ status }) => status === 302,
    );
    lines.length = 0;
    const cookie = String(begun.headers.get("set-cookie")).split(";")[0] as string;
    const { searchParams } = new URL(String(begun.headers.get("location")));
    const callback = `${world.url}/console/callback?code=x&state=${searchParams.get("state")}`;
    world.upstream.openId.down = true;
    const answer = await fetch(callback, { headers: { cookie }, redirect: "manual" });
    world.upstream.openId.down = false;
    expect(answer.status).toBe(503);
    expect(await failures()).toMatchObject([{ event: "sign_in_failed", status: 503 }]);
  });

  test("that nobody began is refused with 401", async () => {
    const answer = await fetch(`${world.url}/console/callback?code=x&state=y`, {
      headers: { cookie: "hopgate_sign_in=y" },
    });
    expect(answer.status).toBe(401);
  });
});
