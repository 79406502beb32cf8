/** What reaches the upstream, and what comes back: the narrowed token, provenance, streams, sockets, traces. */
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { CAST, hashOf } from "../vectors/craft.ts";
import { call, chainNow, nowSeconds, refusalOf, seenBy, type World } from "./harness.ts";
import { sharedWorld } from "./shared-world.ts";
import { verifyByGateway } from "./signed.ts";

let world: World;
beforeAll(async () => {
  world = await sharedWorld();
});

describe("the narrowed token, verified by plain jose", () => {
  test("names caller, subject, task and one audience, with no more scope than is needed", async () => {
    const chain = await chainNow();
    const seen = await seenBy(await call(world, { chain }));
    const token = String(seen.headers["authorization"]).replace("Bearer ", "");
    const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", world.url));
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer: CAST.gateway,
      audience: "https://orders.acme.example",
      typ: "hop-narrowed+jwt",
    });
    expect(protectedHeader).toEqual({ alg: "EdDSA", typ: "hop-narrowed+jwt", kid: world.gatewayKeys[0]?.kid });
    expect(payload).toEqual({
      iss: CAST.gateway,
      sub: "alice",
      sub_id: { format: "iss_sub", iss: CAST.issuer, sub: "alice" },
      lineage: Array(7).fill(expect.stringMatching(/^[\w-]{43}$/)),
      aud: "https://orders.acme.example",
      client_id: CAST.service,
      scope: "orders:read",
      iat: expect.any(Number),
      nbf: expect.any(Number),
      exp: expect.any(Number),
      jti: expect.any(String),
      txn: "task-1",
      txn_by: { iss: CAST.issuer, sub: CAST.issuer },
      txn_began: expect.any(Number),
      tctx: { purpose: "customer-support/refund" },
      purpose_by: { iss: CAST.issuer, sub: CAST.issuer },
      act: {
        sub: CAST.service,
        iss: "spiffe://acme.example",
        act: { sub: CAST.agent, iss: "spiffe://acme.example", act: { sub: CAST.app, iss: CAST.app } },
      },
      act_proof: ["registered", "registered", "registered"],
      pth: hashOf(chain),
      decision: expect.any(String),
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60);
  });

  test("lives no longer than the chain", async () => {
    const exp = nowSeconds() + 20;
    const seen = await seenBy(await call(world, { chain: await chainNow({ 2: { claims: { exp } } }) }));
    const token = String(seen.headers["authorization"]).replace("Bearer ", "");
    const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL("/.well-known/jwks.json", world.url)));
    expect(payload.exp).toBe(exp);
  });

  test("lives no longer than the policy allows (@max_ttl 30)", async () => {
    const response = await call(world, { method: "POST", path: "/refunds", body: "{}" });
    const token = String((await seenBy(response)).headers["authorization"]).replace("Bearer ", "");
    const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL("/.well-known/jwks.json", world.url)));
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(30);
    expect(payload["scope"]).toBe("refunds:write");
  });

  test("current and next key are published, and no private part", async () => {
    const { keys } = (await (await fetch(`${world.url}/.well-known/jwks.json`)).json()) as {
      keys: Record<string, string>[];
    };
    expect(keys.map(({ kid }) => kid)).toEqual(world.gatewayKeys.map(({ kid }) => kid));
    for (const key of keys) expect(Object.keys(key).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x"]);
  });

  test("a route may add a Txn-Token", async () => {
    const seen = await seenBy(await call(world, { method: "POST", path: "/refunds", body: "{}" }));
    const token = String(seen.headers["txn-token"]);
    expect(decodeProtectedHeader(token)).toMatchObject({ typ: "txntoken+jwt" });
    const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL("/.well-known/jwks.json", world.url)));
    expect(payload).toMatchObject({
      aud: "acme.example",
      txn: "task-1",
      sub: "alice",
      req_wl: CAST.service,
      scope: "refunds:write",
    });
  });
});

describe("provenance", () => {
  test("headers list the chain", async () => {
    const response = await call(world);
    const decision = response.headers.get("hop-decision");
    const { headers } = await seenBy(response);
    expect(headers["hop-subject"]).toBe(`"alice";iss="${CAST.issuer}"`);
    expect(headers["hop-chain"]).toBe(
      [
        `"${CAST.app}";iss="${CAST.app}";proof="registered"`,
        `"${CAST.agent}";iss="spiffe://acme.example";proof="registered"`,
        `"${CAST.service}";iss="spiffe://acme.example";proof="registered"`,
      ].join(", "),
    );
    expect(headers["hop-txn"]).toBe('"task-1"');
    expect(headers["hop-decision"]).toBe(decision);
  });

  test("inbound copies and credentials are removed", async () => {
    const forged = {
      "hop-subject": '"root"',
      "Hop-Chain": '"root"',
      "hop-txn": '"t"',
      "hop-decision": '"d"',
      "hop-approved-by": '("ceo";group="finance")',
      "signature-input": "hopgate=()",
      signature: "hopgate=:AA==:",
      "workload-proof-token": "x",
      "proxy-authorization": "Basic x",
    };
    const { headers } = await seenBy(await call(world, { headers: forged }));
    expect(headers["hop-subject"]).toBe(`"alice";iss="${CAST.issuer}"`);
    expect(headers["hop-chain"]).not.toContain("root");
    expect(headers["hop-approved-by"]).toBe("()");
    for (const name of ["signature", "signature-input", "workload-proof-token", "proxy-authorization", "dpop"]) {
      expect(headers[name]).toBeUndefined();
    }
    expect(headers["authorization"]).toMatch(/^Bearer /);
    expect(headers["authorization"]).not.toContain("~");
  });

  test("a name that is not ASCII is written as a Display String", async () => {
    const chain = await chainNow({ 0: { claims: { sub: "zoë" } } });
    expect((await seenBy(await call(world, { chain }))).headers["hop-subject"]).toBe(
      `%"zo%c3%ab";iss="${CAST.issuer}"`,
    );
  });

  test("is signed if the route asks for it (RFC 9421)", async () => {
    const { headers } = await seenBy(await call(world, { method: "POST", path: "/refunds", body: "{}" }));
    const received = new Request(`${world.upstream.url}/refunds`, {
      method: "POST",
      headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => typeof value === "string")) as Record<
        string,
        string
      >,
    });
    const components = [
      "@method",
      "@target-uri",
      "hop-subject",
      "hop-chain",
      "hop-txn",
      "hop-decision",
      "hop-approved-by",
    ];
    expect(await verifyByGateway(world, received, components)).toBe(true);
  });
});

describe("passing through", () => {
  test("method, path, query and other headers", async () => {
    const seen = await seenBy(await call(world, { path: "/orders/17?a=1&b=%2F", headers: { "x-mine": "yes" } }));
    expect(seen).toMatchObject({ method: "GET", url: "/orders/17?a=1&b=%2F", headers: { "x-mine": "yes" } });
  });

  test("status, headers and body of the upstream, whatever they are", async () => {
    const response = await call(world, { path: "/orders/teapot" });
    expect(response.status).toBe(418);
    expect(response.headers.get("x-upstream")).toBe("yes");
    expect(await response.text()).toBe("short and stout");
  });

  test("a redirect of the upstream is returned to the caller", async () => {
    const response = await call(world, { path: "/orders/moved" });
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe("https://elsewhere.example/");
  });

  test("a body of 64 MiB, never held in memory", async () => {
    const piece = new Uint8Array(65_536);
    let left = 1024;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (left-- > 0) controller.enqueue(piece);
        else controller.close();
      },
    });
    const seen = await seenBy(await call(world, { method: "POST", path: "/orders/upload", body }));
    expect(seen.bytes).toBe(64 * 1024 * 1024);
  });

  test("both directions at once: the first bytes come back before the last are sent", async () => {
    const sent: ReadableStreamDefaultController<Uint8Array>[] = [];
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void sent.push(controller) });
    sent[0]?.enqueue(new TextEncoder().encode("ping"));
    const response = await call(world, { method: "POST", path: "/orders/echo", body });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("ping");
    sent[0]?.close();
    expect((await reader.read()).done).toBe(true);
  });

  test("server-sent events arrive when they are sent", async () => {
    const response = await call(world, { path: "/orders/events" });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("data: first\n\n");
    world.upstream.held.pop()?.();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("data: second\n\n");
  });
});

describe("W3C trace context", () => {
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";

  test("a valid trace is continued with the gateway's span", async () => {
    const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, tracestate: "vendor=1" };
    const seen = await seenBy(await call(world, { headers }));
    expect(seen.headers["traceparent"]).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(seen.headers["traceparent"]).not.toContain("00f067aa0ba902b7");
    expect(seen.headers["tracestate"]).toBe("vendor=1");
  });

  test.each([
    "00-zz-00f067aa0ba902b7-01",
    `ff-${traceId}-00f067aa0ba902b7-01`,
    `00-${"0".repeat(32)}-00f067aa0ba902b7-01`,
  ])("%s starts a new one and drops the state", async (traceparent) => {
    const seen = await seenBy(await call(world, { headers: { traceparent, tracestate: "vendor=1" } }));
    expect(seen.headers["traceparent"]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(seen.headers["traceparent"]).not.toContain(traceId);
    expect(seen.headers["tracestate"]).toBeUndefined();
  });
});

describe("an upstream that fails", () => {
  test("is answered with 502 if it is down", async () => {
    expect(await refusalOf(await call(world, { path: "/down/17" }))).toMatchObject({
      status: 502,
      error: "bad_gateway",
    });
  });
  test("is answered with 504 if it is silent for longer than the route's time-out", async () => {
    expect(await refusalOf(await call(world, { path: "/slow/17" }))).toMatchObject({
      status: 504,
      error: "gateway_timeout",
    });
  });
});
