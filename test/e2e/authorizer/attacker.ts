/** Attacks on a proxy that asks the gateway and forwards itself. */
import { beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { KindName, RunningProxy } from "../../../local/asking-proxies.ts";
import { call, chainNow, proofFor, seenBy, type World } from "../harness.ts";
import { rawCall } from "../raw.ts";
import type { Seen } from "../upstream.ts";

export interface Attacked {
  readonly proxy: RunningProxy;
  /** The world as callers of the proxy have it. */
  readonly edge: World;
  /** Requests that came to the upstream. */
  arrived(): number;
}

/** What an attacker tries behind a proxy. @param given once the proxy runs */
export function testAttacker(kind: KindName, given: () => Attacked): void {
  let proxy: RunningProxy;
  let edge: World;
  let arrived: () => number;
  beforeAll(() => {
    ({ proxy, edge, arrived } = given());
  });

  /** Every name under which any of the kinds says what it was asked for, with another request than is sent. */
  const SPOOFED = {
    "x-forwarded-method": "GET",
    "x-forwarded-uri": "/orders/17",
    "x-forwarded-host": "127.0.0.1:21610",
  };
  test("cannot state what was requested: only the headers that the proxy sets count", async () => {
    const before = arrived();
    // The proof is for what the headers say; the request is another.
    const proof = { htm: "GET", htu: `${proxy.url}/orders/17` };
    const answer = await call(edge, { method: "POST", path: "/refunds", proof, headers: SPOOFED, body: "{}" });
    expect(answer.status).toBe(401);
    expect(arrived()).toBe(before);
  });
  test("cannot state it in the headers of other kinds of proxies either", async () => {
    const before = arrived();
    for (const headers of [
      { "x-original-method": "GET", "x-original-uri": "/orders/17", "x-original-host": "127.0.0.1:21610" },
      { "x-original-url": "/refunds" },
      { "x-rewrite-url": "/refunds" },
    ]) {
      const proof = { htm: "GET", htu: `${proxy.url}/orders/17` };
      const answer = await call(edge, { method: "POST", path: "/refunds", proof, headers, body: "{}" });
      expect([401, 403]).toContain(answer.status);
    }
    expect(arrived()).toBe(before);
  });
  test.each(["x-http-method-override", "x-http-method", "x-method-override"])(
    "cannot make the upstream serve another method by %s",
    async (name) => {
      const before = arrived();
      expect((await call(edge, { headers: { [name]: "DELETE" } })).status).toBe(403);
      expect(arrived()).toBe(before);
    },
  );
  test.each(["POST", "DELETE", "PUT", "PATCH"])("cannot use a proof of GET for %s", async (method) => {
    const before = arrived();
    expect((await call(edge, { method, proof: { htm: "GET" } })).status).toBeGreaterThanOrEqual(401);
    expect(arrived()).toBe(before);
  });
  test("cannot send provenance of its own, however its headers are written", async () => {
    for (const name of ["hop-subject", "hop_subject", "Hop-Decision", "hop_chain"]) {
      const { status, body } = await rawCall(edge, { path: "/orders/17", lines: [[name, '"mallory"']] });
      if (status !== 200) expect(status).toBe(403);
      else expect(body).not.toContain("mallory");
    }
  });
  test("cannot make the proxy remove provenance by naming it in Connection", async () => {
    const lines = [["connection", "close, Hop-Subject, Hop-Decision, Authorization, DPoP"]] as const;
    for (const taken of [lines, [["connection", "close, Hop-Subject, Hop-Decision"]] as const]) {
      const { status, body } = await rawCall(edge, { path: "/orders/17", lines: taken });
      if (status !== 200) expect([401, 403]).toContain(status);
      else
        expect(Object.keys((JSON.parse(body) as Seen).headers)).toEqual(
          expect.arrayContaining(["authorization", "hop-subject", "hop-decision"]),
        );
    }
  });
  test("cannot hide a header from the gateway by naming it in Connection", async () => {
    const lines = [
      ["connection", "close, X-HTTP-Method-Override"],
      ["x-http-method-override", "DELETE"],
    ] as const;
    const { status, body } = await rawCall(edge, { path: "/orders/17", lines });
    if (status !== 200) expect(status).toBe(403);
    else expect((JSON.parse(body) as Seen).headers).not.toHaveProperty("x-http-method-override");
  });
  test("cannot send the secret instead of the proxy", async () => {
    const { headers } = await seenBy(await call(edge, { headers: { "hop-authorizer": "guess" } }));
    expect(headers).not.toHaveProperty("hop-authorizer");
  });
  test("cannot use a proof twice", async () => {
    const chain = await chainNow();
    const dpop = await proofFor(edge, chain, {});
    const ask = () => fetch(`${proxy.url}/orders/17`, { headers: { authorization: `DPoP ${chain}`, dpop } });
    expect((await ask()).status).toBe(200);
    const before = arrived();
    expect((await ask()).status).toBe(401);
    expect(arrived()).toBe(before);
  });
  test("cannot use a proof twice by asking at the same moment", async () => {
    const chain = await chainNow();
    const dpop = await proofFor(edge, chain, {});
    const before = arrived();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        fetch(`${proxy.url}/orders/17`, { headers: { authorization: `DPoP ${chain}`, dpop } }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(arrived()).toBe(before + 1);
  });
  test("cannot use a proof that was made for another host", async () => {
    const before = arrived();
    const proof = { htu: "https://gateway.acme.example/orders/17" };
    expect((await call(edge, { proof })).status).toBe(401);
    expect(arrived()).toBe(before);
  });
  test("cannot name a host that is not the gateway's", async () => {
    const before = arrived();
    // Caddy knows no such site, and answers with nothing.
    const { status, body } = await rawCall(edge, { path: "/orders/17", host: "admin.acme.example" });
    expect(status === 403 || body === "").toBe(true);
    expect(arrived()).toBe(before);
  });
  test("cannot use a chain for another audience", async () => {
    const before = arrived();
    const chain = await chainNow({
      0: { claims: { aud: "https://other.example" } },
      1: { claims: { aud: "https://other.example" } },
      2: { claims: { aud: "https://other.example" } },
    });
    expect((await call(edge, { chain })).status).toBe(401);
    expect(arrived()).toBe(before);
  });

  test("cannot open a WebSocket, because nothing would end it when its chain is revoked", async () => {
    const before = arrived();
    const chain = await chainNow();
    const dpop = await proofFor(edge, chain, { path: "/orders/socket" });
    const socket = new WebSocket(`${proxy.url}/orders/socket`, { headers: { authorization: `DPoP ${chain}`, dpop } });
    const came = await new Promise<number | "open">((resolve) => {
      socket.on("open", () => resolve("open"));
      socket.on("unexpected-response", (_, { statusCode }) => resolve(statusCode ?? 0));
    });
    socket.on("error", () => undefined).terminate();
    // If the proxy removes the upgrade in both directions, an ordinary request is left.
    expect(came).toBe(kind === "haproxy" ? 403 : 200);
    expect(arrived()).toBe(kind === "haproxy" ? before : before + 1);
  });

  /** Each is another path to some server. */
  const PATHS = [
    "/orders/../refunds",
    "/orders/%2e%2e/refunds",
    "/orders/.%2E/refunds",
    "/orders/./17",
    "/orders/%2e/17",
    "//orders/17",
    "/orders//17",
    "/Orders/17",
    "/ORDERS/17",
    "/REFUNDS",
    "/refunds/",
    "/orders/%31%37",
    "/orders%2f17",
    "/orders/..%2frefunds",
    "/orders/..;/refunds",
    "/orders/17;x=1",
    "/orders/17%00",
    "/orders/%252e%252e/refunds",
    "/orders\\17",
    "/orders/17#/../refunds",
  ];
  test.each(PATHS)("cannot have %s judged as one path and served as another", async (path) => {
    const before = arrived();
    for (const method of ["GET", "POST"]) {
      for (const htu of [
        proxy.url + path,
        new URL(path, proxy.url).href,
        `${proxy.url}/orders/17`,
        `${proxy.url}/refunds`,
      ]) {
        const answer = await rawCall(edge, { path, method, proof: { htu } });
        // If the proxy itself has normalized the path, both see the result.
        if (answer.status === 200) expect((JSON.parse(answer.body) as Seen).url, htu).toBe(new URL(htu).pathname);
        else expect(answer.status).toBeGreaterThanOrEqual(400);
      }
    }
    if (path !== "/orders/17#/../refunds") expect(arrived()).toBe(before);
  });
  test("cannot reach another host by an absolute target", async () => {
    const before = arrived();
    const { status, body } = await rawCall(edge, { path: "http://admin.acme.example/orders/17" });
    expect(status >= 400 || body === "").toBe(true);
    expect(arrived()).toBe(before);
  });
  test.each(["/orders/17?a=%zz", "/orders/17?a=1;b=2", "/orders/17?a='"])(
    "cannot have the query of %s read in two ways",
    async (path) => {
      const before = arrived();
      expect((await rawCall(edge, { path })).status).toBe(403);
      expect(arrived()).toBe(before);
    },
  );
}
