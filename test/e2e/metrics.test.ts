/** The contents of /metrics and of the log, in the documented forms. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { LOG_SCHEMA } from "../../local/reference/log.ts";
import { INSTRUMENTS } from "../../worker/telemetry/instruments.ts";
import { metricsUsed } from "../repo/metrics-used.ts";
import { keyNamed } from "../vectors/craft.ts";
import { ADMIN_TOKEN, admin, call, chainNow, startWorld, taskOf, type World } from "./harness.ts";
import { promtool, promtoolInstalled } from "./promtool.ts";

const installed = await promtoolInstalled();

let world: World;
const lines: string[] = [];
beforeAll(async () => {
  world = await startWorld({
    log: (line) => lines.push(line),
    edit: (config) => `${config}\n[log]\nrequests = "all"\n`,
  });
  // An issuer whose keys are there before anybody asks for them.
  world.upstream.jwks.set("rotating.json", { keys: [{ ...(await keyNamed("idp")).jwk, kid: "1" }] });
});
afterAll(() => world.stop());

const metrics = async (): Promise<string> =>
  (await fetch(`${world.url}/metrics`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })).text();

/** The value of a series, by its name and some of its labels. */
async function valueIn(name: string, labels: Readonly<Record<string, string>>): Promise<number> {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const found = (await metrics())
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) && wanted.every((pair) => line.includes(pair)));
  return found.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

const COUNT = "http_server_request_duration_seconds_count";

describe("/metrics", () => {
  test("counts a request by the path of its route, its method, its status and its outcome", async () => {
    const labels = { http_route: "/orders/*", http_request_method: "GET", http_response_status_code: "200" };
    const before = await valueIn(COUNT, { ...labels, hopgate_outcome: "allowed" });
    expect((await call(world)).status).toBe(200);
    expect(await valueIn(COUNT, { ...labels, hopgate_outcome: "allowed" })).toBe(before + 1);
  });

  test("counts each of 64 concurrent requests", async () => {
    const labels = { http_route: "/orders/*", hopgate_outcome: "allowed" };
    const before = await valueIn(COUNT, labels);
    const answers = await Promise.all(Array.from({ length: 64 }, () => call(world)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await valueIn(COUNT, labels)).toBe(before + 64);
  });

  test("counts a refusal by its rule, and only a failure as an error", async () => {
    await call(world, { chain: "garbage" });
    expect(await valueIn(COUNT, { hopgate_rule: "jws_malformed", http_route: "/orders/*" })).toBe(1);
    expect(await valueIn(COUNT, { error_type: "jws_malformed" })).toBe(0);
  });

  test("has the times of the upstream and of the ledger, and the memory of chains", async () => {
    const chain = await chainNow();
    await call(world, { chain });
    await call(world, { chain });
    const upstream = { server_address: "127.0.0.1", http_route: "/orders/*", http_response_status_code: "200" };
    expect(await valueIn("http_client_request_duration_seconds_count", upstream)).toBeGreaterThan(1);
    expect(await valueIn("db_client_operation_duration_seconds_count", { db_operation_name: "admit" })).toBeGreaterThan(
      1,
    );
    expect(await valueIn("hopgate_admissions_total", { hopgate_answer: "admitted" })).toBeGreaterThan(1);
    expect(await valueIn("hopgate_cache_lookups_total", { hopgate_cache_result: "hit" })).toBeGreaterThan(0);
  });

  test("contains no values from callers: methods, paths and names make no new series", async () => {
    const chain = await chainNow({ 0: { claims: { sub: "somebody-in-particular" } } });
    await call(world, { chain, path: "/orders/of-somebody" });
    await fetch(`${world.url}/nowhere/invented-path`, { method: "PROPFIND" });
    const text = await metrics();
    for (const said of ["somebody", "invented", "PROPFIND", "alice"]) expect(text).not.toContain(said);
    expect(await valueIn(COUNT, { http_request_method: "_OTHER" })).toBe(1);
  });

  test("has a help text and a type for every instrument, and every instrument is in the reference", async () => {
    const known = Object.values(INSTRUMENTS).map(({ help }) => help as string);
    const helps = [...(await metrics()).matchAll(/^# HELP \S+ (.*)$/gm)].map(([, help]) => help);
    expect(known).toEqual(expect.arrayContaining(helps));
    expect(helps.length).toBeGreaterThan(10);
  });

  test("has every series that the alerts and the dashboard ask for", async () => {
    expect((await admin(world, "revocations", { kind: "task", task: taskOf("over"), reason: "test" })).status).toBe(
      200,
    );
    await call(world);
    const text = await metrics();
    const names = new Set([...text.matchAll(/^(\w+)[{ ]/gm)].map(([, name]) => name));
    for (const file of ["ops/alerts.yml", "ops/dashboard.json"])
      for (const used of metricsUsed(file)) expect([...names], `${file} asks for ${used}`).toContain(used);
  });

  test.skipIf(!installed)("is accepted by promtool without a warning", async () => {
    expect(await promtool(["check", "metrics"], await metrics())).toEqual({ code: 0, output: "" });
  });

  test.skipIf(!installed)("is refused by promtool if a series is in it twice", async () => {
    const text = await metrics();
    expect((await promtool(["check", "metrics"], text + text)).code).toBeGreaterThan(0);
  });
});

describe("the log", () => {
  const told = () =>
    lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Record<string, unknown>);

  test("has an allowed request, with its decision and trace, if the configuration asks for it", async () => {
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const answer = await call(world, { headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } });
    const decision = answer.headers.get("hop-decision")?.replaceAll('"', "");
    await expect
      .poll(() => told().find((line) => line["decision"] === decision))
      .toMatchObject({
        event: "request",
        level: "info",
        trace_id: traceId,
        status: 200,
        about: { outcome: "allowed", method: "GET", route: "/orders/*" },
      });
  });

  test("names the trace of a request that was refused before its chain was verified", async () => {
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    await call(world, { chain: "garbage", headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } });
    await expect
      .poll(() => told().filter((line) => line["trace_id"] === traceId))
      .toMatchObject([{ event: "unattributed", rule: "jws_malformed" }, { event: "request" }]);
  });

  test("has one form, and contains no token and no person's name", async () => {
    const line = z.fromJSONSchema(LOG_SCHEMA as Parameters<typeof z.fromJSONSchema>[0]);
    expect(told().length).toBeGreaterThan(10);
    for (const each of told()) expect(line.safeParse(each).error?.issues, JSON.stringify(each)).toBeUndefined();
    expect(line.safeParse({ ...told()[0], stranger: 1 }).success).toBe(false);
    for (const each of lines) expect(each).not.toMatch(/eyJ|alice|somebody/);
  });
});
