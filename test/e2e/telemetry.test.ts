/** Traces and metrics with the decision's id, and logs without secrets. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { call, chainNow, eventually, startWorld, type World } from "./harness.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({
    edit: (config) => `${config}\n[telemetry]\notlp = "${/upstream = "(http[^"]+)"/.exec(config)?.[1]}/otlp"\n`,
  });
});
afterAll(() => world.stop());

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { key: string; value: { stringValue?: string; intValue?: string } }[];
}

const spans = (): Span[] =>
  world.upstream.telemetry
    .filter(({ path }) => path === "/otlp/v1/traces")
    .flatMap(({ body }) => JSON.parse(body).resourceSpans[0].scopeSpans[0].spans as Span[]);
const attribute = ({ attributes }: Span, key: string): string | undefined => {
  const value = attributes.find((each) => each.key === key)?.value;
  return value?.stringValue ?? value?.intValue;
};

test("a request is a span under the caller's, with its decision; the upstream's parent is that span", async () => {
  const [traceId, caller] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];
  const response = await call(world, { headers: { traceparent: `00-${traceId}-${caller}-01` } });
  const decision = response.headers.get("hop-decision")?.replaceAll('"', "");
  const seen = (await response.json()) as { headers: Record<string, string> };
  const span = (await eventually(
    async () => spans().find((each) => attribute(each, "hopgate.decision.id") === decision),
    (found) => found !== undefined,
  )) as Span;
  expect(span).toMatchObject({ traceId, parentSpanId: caller, name: "GET /orders/*", kind: 2 });
  expect(seen.headers["traceparent"]).toBe(`00-${traceId}-${span.spanId}-01`);
  expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
  expect(attribute(span, "hopgate.outcome")).toBe("allowed");
  expect(attribute(span, "http.response.status_code")).toBe("200");
  expect(attribute(span, "http.route")).toBe("/orders/*");
  expect(attribute(span, "error.type")).toBeUndefined();
});

test("the span of a refused request has the rule, and metrics count it", async () => {
  const refused = await call(world, { chain: "garbage" });
  const { decision } = (await refused.json()) as { decision: string };
  const span = (await eventually(
    async () => spans().find((each) => attribute(each, "hopgate.decision.id") === decision),
    (found) => found !== undefined,
  )) as Span;
  expect(attribute(span, "hopgate.rule")).toBe("jws_malformed");
  expect(attribute(span, "http.response.status_code")).toBe("401");
  // They come in a request of their own, which may be the later one.
  const metrics = (): string =>
    world.upstream.telemetry
      .filter(({ path }) => path === "/otlp/v1/metrics")
      .map(({ body }) => body)
      .join();
  await expect.poll(metrics).toContain("jws_malformed");
  expect(metrics()).toContain("http.server.request.duration");
});

test("telemetry contains no token and no identity", async () => {
  const chain = await chainNow({ 0: { claims: { sub: "somebody-in-particular" } } });
  await (await call(world, { chain })).text();
  const before = world.upstream.telemetry.length;
  await eventually(
    async () => world.upstream.telemetry.length,
    (now) => now > before,
  );
  const all = world.upstream.telemetry.map(({ body }) => body).join();
  expect(all).not.toContain("somebody-in-particular");
  for (const hop of chain.split("~")) expect(all).not.toContain(hop.split(".")[2]);
});

test("readiness tells a stranger nothing but whether", async () => {
  for (const headers of [{}, { authorization: "Bearer not-the-token" }]) {
    const answer = await fetch(`${world.url}/readyz`, { headers: headers as Record<string, string> });
    expect([answer.status, await answer.json()]).toEqual([200, { status: "ready" }]);
  }
});
