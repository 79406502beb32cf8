/** Other proxies ask the gateway and forward themselves: real nginx, Caddy and HAProxy, with the configurations of `examples/`. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createRemoteJWKSet, jwtVerify } from "jose";

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { CAST } from "../vectors/craft.ts";
import {
  EXAMPLES,
  GATEWAY_PORT,
  KINDS,
  type KindName,
  proxiesInstalled,
  type RunningProxy,
  startNginx,
  startProxy,
  UPSTREAM_PORT,
} from "./asking-proxies.ts";
import { startAuthorizer } from "./authorizer-world.ts";
import { call, chainNow, proofFor, recordsOf, seenBy, type World } from "./harness.ts";
import { rawCall } from "./raw.ts";
import type { Seen } from "./upstream.ts";

const installed = await proxiesInstalled();
if (!installed) console.warn("the authorizer is not tested behind nginx, Caddy and HAProxy: this machine lacks them");

let world: World;
beforeAll(async () => {
  world = await startAuthorizer({ port: GATEWAY_PORT, upstreamPort: UPSTREAM_PORT });
});
let gatewayRuns = true;
afterAll(() => (gatewayRuns ? world.stop() : world.upstream.stop()));

/** Requests that came to the upstream. */
const arrived = (): number => [...world.upstream.asked.values()].reduce((all, each) => all + each, 0);

describe.runIf(installed).each(Object.keys(KINDS) as KindName[])("behind %s", (kind) => {
  let proxy: RunningProxy;
  /** The world as callers of the proxy have it. */
  let edge: World;
  beforeAll(async () => {
    proxy = await startProxy(kind);
    edge = { ...world, url: proxy.url };
  });
  afterAll(() => proxy?.stop());

  test("the upstream gets the narrowed token and the provenance, and none of the caller's credentials", async () => {
    const { headers, method, url } = await seenBy(await call(edge, { path: "/orders/17?part=2" }));
    expect([method, url]).toEqual(["GET", "/orders/17?part=2"]);
    const token = /^Bearer (\S+)$/.exec(String(headers["authorization"]))?.[1] ?? "";
    const keys = createRemoteJWKSet(new URL(`${world.url}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(token, keys, { audience: "https://orders.acme.example" });
    expect(payload).toMatchObject({ sub: "alice", scope: "orders:read", client_id: CAST.service });
    expect(headers["hop-subject"]).toBe('"alice";iss="https://idp.acme.example"');
    expect(headers["hop-decision"]).toBe(`"${payload["decision"]}"`);
    expect(headers["traceparent"]).toMatch(/^00-/);
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(["dpop"]));
    expect(headers).not.toHaveProperty("hop-authorizer");
  });

  test("a body goes to the upstream and not to the gateway", async () => {
    const seen = await seenBy(
      await call(edge, { method: "POST", path: "/refunds", body: JSON.stringify({ order: "17" }) }),
    );
    expect(seen).toMatchObject({ method: "POST", bytes: 14 });
  });

  test("the ledger says which proxy forwards", async () => {
    const txn = `task-${crypto.randomUUID()}`;
    const chain = await chainNow({ 0: { claims: { txn } } });
    await seenBy(await call(edge, { chain }));
    const [record] = (await recordsOf(world, txn, 1)) as AuditRecord[];
    expect(record).toMatchObject({ outcome: "allowed", status: 200, request: { proxy: kind, path: "/orders/17" } });
    expect(record).not.toHaveProperty("upstream");
    // Policies see an address where the proxy says it, and never the proxy's own.
    const ip = { __extn: { fn: "ip", arg: "127.0.0.1" } };
    expect(record?.decision?.question.request.context["ip"]).toEqual(kind === "haproxy" ? ip : undefined);
  });

  test("without a credential the caller is told how to ask", async () => {
    const before = arrived();
    const answer = await fetch(`${proxy.url}/orders/17`);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toMatch(/^DPoP algs=/);
    expect(arrived()).toBe(before);
  });

  test("a policy's refusal is 403 with its challenge", async () => {
    const before = arrived();
    const chain = await chainNow({ 2: { claims: { scope: "refunds:write" } } });
    const answer = await call(edge, { chain });
    expect(answer.status).toBe(403);
    expect(answer.headers.get("www-authenticate")).toContain('error="insufficient_scope"');
    expect(arrived()).toBe(before);
  });

  test("what the gateway knows no route for does not pass", async () => {
    const before = arrived();
    expect((await call(edge, { path: "/elsewhere" })).status).toBe(403);
    expect((await call(edge, { path: "/authorize" })).status).toBe(403);
    expect((await call(edge, { path: "/hopgate" })).status).toBeGreaterThanOrEqual(403);
    expect(arrived()).toBe(before);
  });

  describe("an attacker", () => {
    /** Every name under which any of the kinds says what it was asked for, with another request than is sent. */
    const SPOOFED = {
      "x-forwarded-method": "GET",
      "x-forwarded-uri": "/orders/17",
      "x-forwarded-host": "127.0.0.1:21610",
    };
    test("cannot say what was asked for: headers of the proxy's own count", async () => {
      const before = arrived();
      // The proof is for what the headers say; the request is another.
      const proof = { htm: "GET", htu: `${proxy.url}/orders/17` };
      const answer = await call(edge, { method: "POST", path: "/refunds", proof, headers: SPOOFED, body: "{}" });
      expect(answer.status).toBe(401);
      expect(arrived()).toBe(before);
    });
    test("cannot say so in other kinds' headers either", async () => {
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
      "cannot have the upstream read another method in %s",
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
    test("cannot bring provenance of its own, in any spelling", async () => {
      for (const name of ["hop-subject", "hop_subject", "Hop-Decision", "hop_chain"]) {
        const { status, body } = await rawCall(edge, { path: "/orders/17", lines: [[name, '"mallory"']] });
        if (status !== 200) expect(status).toBe(403);
        else expect(body).not.toContain("mallory");
      }
    });
    test("cannot have the proxy take provenance out, by naming it in Connection", async () => {
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
    test("cannot hide a header from the gateway, by naming it in Connection", async () => {
      const lines = [
        ["connection", "close, X-HTTP-Method-Override"],
        ["x-http-method-override", "DELETE"],
      ] as const;
      const { status, body } = await rawCall(edge, { path: "/orders/17", lines });
      if (status !== 200) expect(status).toBe(403);
      else expect((JSON.parse(body) as Seen).headers).not.toHaveProperty("x-http-method-override");
    });
    test("cannot say the secret for the proxy", async () => {
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

    test("cannot open a WebSocket, which nobody would end when its chain is revoked", async () => {
      const before = arrived();
      const chain = await chainNow();
      const dpop = await proofFor(edge, chain, { path: "/orders/socket" });
      const socket = new WebSocket(`${proxy.url}/orders/socket`, { headers: { authorization: `DPoP ${chain}`, dpop } });
      const came = await new Promise<number | "open">((resolve) => {
        socket.on("open", () => resolve("open"));
        socket.on("unexpected-response", (_, { statusCode }) => resolve(statusCode ?? 0));
      });
      socket.on("error", () => undefined).terminate();
      // Where the proxy takes the upgrade out on both ways, what is left is a request as any other.
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
          // Where the proxy itself has made a plain path of it, that is what both see.
          if (answer.status === 200) expect((JSON.parse(answer.body) as Seen).url, htu).toBe(new URL(htu).pathname);
          else expect(answer.status).toBeGreaterThanOrEqual(400);
        }
      }
      if (path !== "/orders/17#/../refunds") expect(arrived()).toBe(before);
    });
    test("cannot hide a target behind an absolute one", async () => {
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
  });
});

describe.runIf(installed)("where a proxy is misled,", () => {
  const URL_OF = "http://127.0.0.1:21611";
  const nginx = async (edit: (config: string) => string): Promise<RunningProxy> => {
    const config = (await readFile(join(EXAMPLES, "nginx.conf"), "utf8")).replaceAll(
      "127.0.0.1:21610",
      "127.0.0.1:21611",
    );
    return startNginx(URL_OF, edit(config));
  };

  test("a cache in front of the gateway keeps no decision", async () => {
    const proxy = await nginx((config) =>
      config
        .replaceAll("$host:$server_port", "127.0.0.1:21610")
        .replace("events {}", "user root;\nevents {}")
        .replace("http {", "http {\n  proxy_cache_path decisions keys_zone=decisions:1m;")
        .replace(
          "proxy_pass_request_body off;",
          'proxy_pass_request_body off;\n      proxy_cache decisions;\n      proxy_cache_key "$request_uri";\n      proxy_cache_valid any 1m;',
        ),
    );
    try {
      const chain = await chainNow();
      const dpop = await proofFor({ url: KINDS.nginx.url }, chain, {});
      const ask = () => fetch(`${URL_OF}/orders/17`, { headers: { authorization: `DPoP ${chain}`, dpop } });
      expect((await ask()).status).toBe(200);
      const before = arrived();
      expect((await ask()).status).toBe(401);
      // Nor a refusal: the next proof passes.
      const fresh = await proofFor({ url: KINDS.nginx.url }, chain, {});
      const again = await fetch(`${URL_OF}/orders/17`, { headers: { authorization: `DPoP ${chain}`, dpop: fresh } });
      expect(again.status).toBe(200);
      expect(arrived()).toBe(before + 1);
    } finally {
      await proxy.stop();
    }
  });

  test("one with another secret forwards nothing", async () => {
    const proxy = await nginx((config) => config.replace("nginx-secret", "wrong-secret"));
    try {
      const before = arrived();
      expect((await call({ ...world, url: URL_OF })).status).toBe(403);
      expect(arrived()).toBe(before);
    } finally {
      await proxy.stop();
    }
  });
});

describe.runIf(installed)("while the gateway is down,", () => {
  beforeAll(async () => {
    await world.gateway.stop();
    gatewayRuns = false;
  });
  test.each(Object.keys(KINDS) as KindName[])("%s forwards nothing", async (kind) => {
    const proxy = await startProxy(kind);
    try {
      const before = arrived();
      const answer = await call({ ...world, url: proxy.url });
      expect(answer.status).toBeGreaterThanOrEqual(500);
      expect(arrived()).toBe(before);
    } finally {
      await proxy.stop();
    }
  });
});
