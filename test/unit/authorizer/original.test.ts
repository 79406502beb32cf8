/** The request about which a proxy asks. */
import { describe, expect, test } from "vitest";
import type { AskingProxy } from "../../../worker/config.ts";
import { originalOf } from "../../../worker/gateway/original.ts";
import { certificateThumbprint } from "../../../worker/http/client-certificate.ts";
import type { Rule } from "../../../worker/rules.ts";
import { CERTIFICATE, configured, EDGE, HEX, proxyOf, ruleOf } from "./given.ts";

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
  test("is Envoy's own request, with the path after /authorize", () => {
    const envoy = proxyOf('name = "e"\nkind = "envoy"\nsecret = "E"');
    const request = original({ host: "api.example" }, envoy, "http://api.example/authorize/orders/17?a=1");
    expect(request.url).toBe("http://api.example/orders/17?a=1");
    expect(ruleOf(() => original({ host: "api.example" }, envoy))).toBe("original_malformed");
  });
  test.each(Object.keys(SAID))("is refused without %s", (name) => {
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

  describe("has the address of its client", () => {
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
    ])("and refused with %o", (address) => {
      expect(ruleOf(() => addressOf(address))).toBe("original_malformed");
    });
    test("and not from the proxy's own", () => {
      expect(original({ ...SAID, "cf-connecting-ip": "10.0.0.1" }).headers.get("cf-connecting-ip")).toBeNull();
    });
  });
});
