/** Proxies that ask: how they are configured, who is one, and which request they ask about. */
import { describe, expect, test } from "vitest";
import { type AskingProxy, type Config, namedSecrets, readConfig } from "../../worker/config.ts";
import { verificationCore } from "../../worker/core.ts";
import { HopError } from "../../worker/errors.ts";
import { askingProxy } from "../../worker/gateway/asking-proxy.ts";
import { originalOf } from "../../worker/gateway/original.ts";
import { parse } from "../../worker/gateway/parse.ts";
import { respond } from "../../worker/gateway/respond.ts";
import { compileRoutes } from "../../worker/gateway/routes.ts";
import { certificateThumbprint } from "../../worker/http/client-certificate.ts";
import { whatCame } from "../../worker/ledger/record.ts";
import type { Rule } from "../../worker/rules.ts";

const HEX = "ab".repeat(32);
const CERTIFICATE = btoa(String.fromCharCode(...new Uint8Array(32).fill(0xab)))
  .replaceAll("=", "")
  .replaceAll("+", "-")
  .replaceAll("/", "_");

interface Parts {
  readonly proxies?: string;
  readonly route?: string;
}

const EDGE = 'name = "edge"\nkind = "nginx"\nsecret = "EDGE_SECRET"';
const proxy = (text: string): string => `[[authorizer.proxies]]\n${text}\n`;

function configured({ proxies = proxy(EDGE), route = 'upstream = "https://orders.example"' }: Parts = {}): Config {
  return readConfig(`
[gateway]
id = "https://gateway.example"
origins = ["https://api.example"]
${proxies}
[[issuers]]
issuer = "https://idp.example"
jwks_uri = "https://idp.example/jwks"
[[routes]]
id = "orders"
api = "orders-api"
path = "/orders/*"
audience = "https://orders.example"
sensitivity = "low"
methods = { GET = { action = "orders:read" }, POST = { action = "orders:write" } }
${route}
`);
}

const proxyOf = (text: string): AskingProxy =>
  configured({ proxies: proxy(text) }).authorizer.proxies[0] as AskingProxy;

function ruleOf(run: () => unknown): Rule | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof HopError) return error.rule;
    throw error;
  }
}

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
    ["headers of a kind that has none", 'name = "e"\nkind = "envoy"\nsecret = "E"\nuri = "X-Uri"', "in no headers"],
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
  test("names its secrets, each once, for those who bind them", () => {
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
    expect(() => configured({ route: `authorize_only = true\n${field}` })).toThrow("is for another proxy to forward");
  });
  test("refuses an authorize_only route where nobody may ask", () => {
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

describe("who asks", () => {
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

  test("is known by the secret", () => {
    expect(askingProxy(asking(), secret, knowing(secret))?.name).toBe("edge");
  });
  test("is known by the certificate that the edge has verified", () => {
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
  ])("is nobody with %s", (_, request, told, bound) => {
    expect(askingProxy(request, told, knowing(bound))).toBeUndefined();
  });
});

describe("the original request", () => {
  const edge = proxyOf(EDGE);
  const origins = configured().gateway.origins;
  const SAID = { "x-original-method": "GET", "x-original-host": "api.example", "x-original-uri": "/orders/17?a=1" };
  const original = (
    headers: Record<string, string>,
    by: AskingProxy = edge,
    url = "http://127.0.0.1/authorize",
  ): Request => originalOf(new Request(url, { headers }), by, origins);

  test("has the method, host, path and query that the proxy says, and the caller's headers", () => {
    const request = original({
      ...SAID,
      accept: "text/csv",
      "hop-authorizer": "s",
      "content-length": "3",
      host: "127.0.0.1",
    });
    expect(request.method).toBe("GET");
    expect(request.url).toBe("http://api.example/orders/17?a=1");
    expect(Object.fromEntries(request.headers)).toEqual({ accept: "text/csv", host: "api.example" });
    expect(request.body).toBeNull();
  });
  test("is not read in headers of other kinds", () => {
    const traefik = proxyOf('name = "t"\nkind = "traefik"\nsecret = "T"');
    expect(ruleOf(() => original(SAID, traefik))).toBe("original_malformed");
  });
  test("is read in the headers that the configuration names", () => {
    const own = proxyOf(`${EDGE}\nuri = "X-Asked-Uri"`);
    const { "x-original-uri": _, ...said } = SAID;
    expect(original({ ...said, "x-asked-uri": "/orders/1" }, own).url).toBe("http://api.example/orders/1");
  });
  test("is Envoy's own question, with the path behind /authorize", () => {
    const envoy = proxyOf('name = "e"\nkind = "envoy"\nsecret = "E"');
    const request = original({ host: "api.example" }, envoy, "http://api.example/authorize/orders/17?a=1");
    expect(request.url).toBe("http://api.example/orders/17?a=1");
    expect(ruleOf(() => original({ host: "api.example" }, envoy))).toBe("original_malformed");
  });
  test.each(Object.keys(SAID))("is none without %s", (name) => {
    expect(ruleOf(() => original(Object.fromEntries(Object.entries(SAID).filter(([key]) => key !== name))))).toBe(
      "original_malformed",
    );
  });
  test.each<[Rule, Record<string, string>]>([
    ["original_malformed", { "x-original-method": "get" }],
    ["original_malformed", { "x-original-method": "GET, POST" }],
    ["original_malformed", { "x-original-method": "CONNECT" }],
    ["original_malformed", { "x-original-host": "api.example, other.example" }],
    ["original_malformed", { "x-original-host": "api.example/orders" }],
    ["original_malformed", { "x-original-host": "me@api.example" }],
    ["original_malformed", { "x-original-host": "" }],
    ["misdirected_request", { "x-original-host": "other.example" }],
    ["misdirected_request", { "x-original-host": "api.example:8443" }],
    ["original_malformed", { "x-original-uri": "orders/17" }],
    ["original_malformed", { "x-original-uri": "/orders/17, /refunds" }],
    ["original_malformed", { "x-original-uri": "/orders/17#x" }],
    ["original_malformed", { "x-original-uri": "http://other.example/orders/17" }],
    ["path_ambiguous", { "x-original-uri": "/orders/../refunds" }],
    ["path_ambiguous", { "x-original-uri": "/orders/./17" }],
    ["path_ambiguous", { "x-original-uri": "/orders/%2e%2e/refunds" }],
    ["path_ambiguous", { "x-original-uri": "/orders\\17" }],
    ["query_ambiguous", { "x-original-uri": "/orders/17?a='" }],
    ["query_ambiguous", { "x-original-uri": "/orders/17?" }],
    ["header_refused", { "x-http-method-override": "DELETE" }],
    ["header_refused", { x_http_method_override: "DELETE" }],
    ["header_refused", { "x-original-url": "/refunds" }],
    ["header_refused", { "x-rewrite-url": "/refunds" }],
    ["header_refused", { "hop-subject": '"mallory"' }],
    ["header_refused", { hop_decision: '"1"' }],
    ["header_refused", { x_forwarded_for: "10.0.0.1" }],
    ["header_too_large", { "x-note": "x".repeat(8193) }],
  ])("is refused (%s): %o", (rule, headers) => {
    expect(ruleOf(() => original({ ...SAID, ...headers }))).toBe(rule);
  });

  test("does not have the proxy's client certificate", () => {
    const presented = { certPresented: "1", certVerified: "SUCCESS", certFingerprintSHA256: HEX };
    const cf = { tlsClientAuth: presented } as unknown as CfProperties;
    const asking = new Request("http://127.0.0.1/authorize", { headers: SAID, cf }) as unknown as Request;
    expect(certificateThumbprint(asking)).toBe(CERTIFICATE);
    expect(certificateThumbprint(originalOf(asking, edge, origins))).toBeUndefined();
  });

  describe("came from an address", () => {
    const addressed = proxyOf(`${EDGE}\naddress = "X-Real-IP"`);
    const addressOf = (address: string): string | null =>
      original({ ...SAID, "x-real-ip": address }, addressed).headers.get("cf-connecting-ip");

    test.each(["192.0.2.7", "2001:db8::7", "0.0.0.0"])("that policies can read: %s", (address) => {
      expect(addressOf(address)).toBe(address);
    });
    test.each([
      "192.0.2.7, 10.0.0.1",
      "192.0.2",
      "192.0.2.256",
      "01.2.3.4",
      "1.2.3.4.",
      "unknown",
      "[::1]",
      "::1:::",
      "",
    ])("and is refused with %o", (address) => {
      expect(ruleOf(() => addressOf(address))).toBe("original_malformed");
    });
    test("and not from the proxy's own", () => {
      expect(original({ ...SAID, "cf-connecting-ip": "10.0.0.1" }).headers.get("cf-connecting-ip")).toBeNull();
    });
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

  test("is judged where a proxy asks, whether it is only for that or not", async () => {
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
  ])("is refused where it %s", async (_, field) => {
    expect(await parsed(`${BEARER}\nupstream = "https://orders.example"\n${field}`, "edge")).toBe("route_unseen");
  });
  test("opens no WebSocket", async () => {
    const route = `${BEARER}\nupstream = "https://orders.example"\nwebsocket = true`;
    expect(await parsed(route, "edge", { upgrade: "websocket" })).toBe("upgrade_refused");
    expect(await parsed(route, undefined, { upgrade: "websocket" })).toBeUndefined();
  });
});

test("what came of a request that was handed to a proxy is told as that", () => {
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
