/** Proxies that ask: how they are configured, who is one, and what they are answered. */
import { describe, expect, test } from "vitest";
import { namedSecrets } from "../../../worker/config.ts";
import { verificationCore } from "../../../worker/core.ts";
import { HopError } from "../../../worker/errors.ts";
import { askingProxy } from "../../../worker/gateway/asking-proxy.ts";
import { parse } from "../../../worker/gateway/parse.ts";
import { respond } from "../../../worker/gateway/respond.ts";
import { compileRoutes } from "../../../worker/gateway/routes.ts";
import { whatCame } from "../../../worker/ledger/record.ts";
import type { Rule } from "../../../worker/rules.ts";
import { CERTIFICATE, configured, EDGE, HEX, proxy } from "./given.ts";

describe("the configuration", () => {
  test.each([
    [
      "both of secret and certificate",
      `${EDGE}\ncertificate = "${CERTIFICATE}"`,
      "needs one of secret and certificate",
    ],
    ["neither", 'name = "edge"\nkind = "nginx"', "needs one of secret and certificate"],
    ["an unknown kind", 'name = "edge"\nkind = "apache"\nsecret = "EDGE_SECRET"', "kind"],
    [
      "a secret in place of its name",
      'name = "edge"\nkind = "nginx"\nsecret = "s3cret"',
      "must be the name of a secret",
    ],
    [
      "headers of a kind that has none",
      'name = "e"\nkind = "envoy"\nsecret = "E"\nuri = "X-Uri"',
      "in JSON, not in headers",
    ],
    ["an address header for AuthZEN", 'name = "e"\nkind = "authzen"\nsecret = "E"\naddress = "X-Real-IP"', "as ip"],
    ["a header for two things", `${EDGE}\nuri = "x-original-host"`, "uses a header for two things"],
    ["a name that is none", `${EDGE}\nuri = "x uri"`, "must be the name of a header"],
  ])("refuses a proxy with %s", (_, text, message) => {
    expect(() => configured({ proxies: proxy(text) })).toThrow(message);
  });
  test("refuses two proxies of one name, or one secret", () => {
    expect(() => configured({ proxies: proxy(EDGE) + proxy(EDGE.replace("EDGE_SECRET", "B")) })).toThrow(
      "a name twice",
    );
    expect(() => configured({ proxies: proxy(EDGE) + proxy(EDGE.replace("edge", "b")) })).toThrow("the same secret");
  });
  test("lists its secrets, each once", () => {
    const vendor = 'upstream = "https://o.example"\ncredential = { kind = "basic", secret = "CRM_LOGIN" }';
    const proxies = `${proxy(EDGE)}${proxy(`name = "mesh"\nkind = "envoy"\ncertificate = "${CERTIFICATE}"`)}`;
    expect(namedSecrets(configured({ proxies, route: vendor }))).toEqual(["CRM_LOGIN", "EDGE_SECRET"]);
  });
  test.each([
    ["an upstream", 'upstream = "https://orders.example"'],
    ["messages", "envelope = true"],
    ["signatures", "sign = true"],
    ["WebSockets", "websocket = true"],
    ["tools", 'tools = { get = { action = "orders:read" } }'],
    ["filters", '[[routes.filters]]\nscope = "a"\nfields = ["b"]'],
  ])("refuses an authorize_only route with %s", (_, field) => {
    expect(() => configured({ route: `authorize_only = true\n${field}` })).toThrow("is forwarded by another proxy");
  });
  test("refuses an authorize_only route without a proxy that may ask", () => {
    expect(() => configured({ proxies: "", route: "authorize_only = true" })).toThrow(
      "needs one of authorizer.proxies",
    );
  });
  test.each(["/authorize", "/authorize/x", "/access/v1/evaluation"])("keeps %s for the gateway", (path) => {
    expect(() =>
      configured({
        route: `upstream = "https://o.example"\n[[routes]]\nid = "b"\napi = "b"\npath = "${path}"\nupstream = "https://o.example"\naudience = "https://b.example"\nsensitivity = "low"\nmethods = { GET = { action = "read" } }`,
      }),
    ).toThrow("is the gateway's own");
  });
});

describe("the asking proxy", () => {
  const config = configured({
    proxies: proxy(EDGE) + proxy(`name = "mesh"\nkind = "envoy"\ncertificate = "${CERTIFICATE}"`),
  });
  const secret = "s".repeat(32);
  const knowing = (bound: string | undefined) => ({ config, core: verificationCore(), secretOf: () => bound });
  const asking = (tlsClientAuth?: object): Request =>
    new Request("https://gateway.example/authorize", {
      cf: { tlsClientAuth } as unknown as CfProperties,
    }) as unknown as Request;
  const presented = { certPresented: "1", certVerified: "SUCCESS", certFingerprintSHA256: HEX };

  test("is identified by its secret", () => {
    expect(askingProxy(asking(), secret, knowing(secret))?.name).toBe("edge");
  });
  test("is identified by the certificate that the edge has verified", () => {
    expect(askingProxy(asking(presented), null, knowing(secret))?.name).toBe("mesh");
  });
  test.each([
    ["another secret", asking(), `${secret}x`, secret],
    ["no secret", asking(), null, secret],
    ["an empty secret", asking(), "", secret],
    ["an empty secret where none is bound", asking(), "", undefined],
    ["an empty secret where an empty one is bound", asking(), "", ""],
    ["another certificate", asking({ ...presented, certFingerprintSHA256: "cd".repeat(32) }), null, secret],
    ["a certificate that was not verified", asking({ ...presented, certVerified: "FAILED" }), null, secret],
  ])("is not identified with %s", (_, request, told, bound) => {
    expect(askingProxy(request, told, knowing(bound))).toBeUndefined();
  });
});

describe("a route that another proxy forwards", () => {
  const parsed = (route: string, name: string | undefined, headers: Record<string, string> = {}) => {
    const config = configured({ route });
    const request = new Request("http://api.example/orders/17", {
      headers: { authorization: "Bearer a.b.c", ...headers },
    });
    return parse(
      request,
      "id",
      { config, core: verificationCore(), matchRoute: compileRoutes(config.routes), now: () => 0 },
      name,
    ).then(
      ({ proxy: by }) => by,
      (error: HopError) => error.rule,
    );
  };
  const BEARER = 'proof = ["bearer"]';

  test("is decided when a proxy asks, whether it is authorize_only or not", async () => {
    expect(await parsed(`${BEARER}\nauthorize_only = true`, "edge")).toBe("edge");
    expect(await parsed(`${BEARER}\nupstream = "https://orders.example"`, "edge")).toBe("edge");
  });
  test("is not served by the gateway itself", async () => {
    expect(await parsed(`${BEARER}\nauthorize_only = true`, undefined)).toBe("route_elsewhere");
  });
  test.each([
    ["signs bodies", "sign = true"],
    ["looks into calls of tools", 'tools = { get = { action = "orders:read" } }'],
    ["has a credential of its own", 'credential = { kind = "basic", secret = "CRM_LOGIN" }'],
    ["filters answers", '[[routes.filters]]\nscope = "a"\nfields = ["b"]'],
  ])("is refused if it %s", async (_, field) => {
    expect(await parsed(`${BEARER}\nupstream = "https://orders.example"\n${field}`, "edge")).toBe("route_unseen");
  });
  test("opens no WebSocket", async () => {
    const route = `${BEARER}\nupstream = "https://orders.example"\nwebsocket = true`;
    expect(await parsed(route, "edge", { upgrade: "websocket" })).toBe("upgrade_refused");
    expect(await parsed(route, undefined, { upgrade: "websocket" })).toBeUndefined();
  });
});

test("the outcome of a request that a proxy forwards says so", () => {
  const request = { route: "orders", method: "GET", path: "/orders/17", proxy: "edge" };
  expect(whatCame({ outcome: "allowed", request })).toBe("handed to the proxy edge");
  expect(whatCame({ outcome: "denied", request })).toBe("");
  expect(whatCame({ outcome: "allowed", upstream: { status: 200, milliseconds: 7 } })).toBe("200 in 7 ms");
});

test.each<[Rule, number, number]>([
  ["path_ambiguous", 400, 403],
  ["proof_replayed", 401, 401],
  ["policy_denied", 403, 403],
  ["route_unknown", 404, 403],
  ["method_not_allowed", 405, 403],
  ["rate_limited", 429, 403],
  ["internal", 500, 500],
  ["ledger_unavailable", 503, 503],
])("%s is %i to a caller, and %i to a proxy", (rule, own, proxied) => {
  const request = new Request("https://api.example/orders/17");
  expect(respond(new HopError(rule), "id", request, {}).status).toBe(own);
  expect(respond(new HopError(rule), "id", request, { proxied: true }).status).toBe(proxied);
});
