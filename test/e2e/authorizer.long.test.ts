/**
 * Other proxies ask the gateway and forward themselves: real nginx, Caddy and HAProxy, with the configurations of
 * `examples/`. `npm test` runs the first.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
} from "../../local/asking-proxies.ts";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { cases } from "../cases.ts";
import { CAST } from "../vectors/craft.ts";
import { testAttacker } from "./authorizer/attacker.ts";
import { testKilled } from "./authorizer/killed.ts";
import { startAuthorizer } from "./authorizer-world.ts";
import { call, chainNow, proofFor, recordsOf, seenBy, type World } from "./harness.ts";

const installed = await proxiesInstalled();
if (!installed) console.warn("the authorizer is not tested behind nginx, Caddy and HAProxy: this machine lacks them");

const ALL = Object.keys(KINDS) as KindName[];
const TESTED = ALL.slice(0, cases(ALL.length));

let world: World;
beforeAll(async () => {
  world = await startAuthorizer({ port: GATEWAY_PORT, upstreamPort: UPSTREAM_PORT });
});
let gatewayRuns = true;
afterAll(() => (gatewayRuns ? world.stop() : world.upstream.stop()));

/** Requests that came to the upstream. */
const arrived = (): number => [...world.upstream.asked.values()].reduce((all, each) => all + each, 0);

describe.runIf(installed).each(TESTED)("behind %s", (kind) => {
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
    // Policies see an address if the proxy gives it, and never the proxy's own.
    const ip = { __extn: { fn: "ip", arg: "127.0.0.1" } };
    expect(record?.decision?.question.request.context["ip"]).toEqual(kind === "haproxy" ? ip : undefined);
  });

  test("a request without a credential gets the challenge", async () => {
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

  test("a request without a route does not pass", async () => {
    const before = arrived();
    expect((await call(edge, { path: "/elsewhere" })).status).toBe(403);
    expect((await call(edge, { path: "/authorize" })).status).toBe(403);
    expect((await call(edge, { path: "/hopgate" })).status).toBeGreaterThanOrEqual(403);
    expect(arrived()).toBe(before);
  });

  describe("an attacker", () => testAttacker(kind, () => ({ proxy, edge, arrived })));
});

describe.runIf(installed).each(TESTED)("%s that", (kind) => testKilled(kind, () => world));

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

  test("a proxy with another secret forwards nothing", async () => {
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
  test.each(TESTED)("%s forwards nothing", async (kind) => {
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
