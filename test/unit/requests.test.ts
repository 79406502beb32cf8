/** The terms on which requests pass, as the configuration may state them. */
import { describe, expect, test } from "vitest";
import { readConfig } from "../../worker/config.ts";
import { compileRoutes } from "../../worker/gateway/routes.ts";
import { originOf } from "../../worker/http/origins.ts";
import { readQuery } from "../../worker/http/query.ts";

interface Parts {
  readonly gateway?: string;
  readonly route?: string;
}

const configOf = ({ gateway = "", route = "" }: Parts): string => `
[gateway]
id = "https://gateway.example"
${gateway}
[[issuers]]
issuer = "https://idp.example"
jwks_uri = "https://idp.example/jwks"
[[routes]]
id = "orders"
api = "orders-api"
path = "/orders/*"
upstream = "https://orders.example"
audience = "https://orders.example"
sensitivity = "low"
methods = { GET = { action = "orders:read" } }
${route}
`;
const read = (parts: Parts) => readConfig(configOf(parts));

describe("a route may add headers,", () => {
  test("in whatever case", () => {
    const { routes } = read({ route: 'forward_headers = ["X-Request-Id", "cookie"]' });
    expect(routes[0]?.forward_headers).toEqual(["x-request-id", "cookie"]);
  });
  test.each([
    ["Hop-Subject", "is set by the gateway"],
    ["hop_subject", "some servers read `_` as `-`"],
    ["x mine", "has a character other than"],
    ["Authorization", "is a credential"],
    ["Connection", "belongs to one connection"],
    ["Content-Length", "belongs to one connection"],
    ["Range", "passes only if"],
    ["X-HTTP-Method-Override", "names another method"],
    ["X-Method-Override", "names another method"],
    ["X-Original-URL", "names another method or address"],
    ["X-Forwarded-For", "says who the caller is"],
    ["Forwarded", "says who the caller is"],
    ["CF-Connecting-IP", "says who the caller is"],
    ["Client-Cert-Chain", "says who the caller is"],
  ])("but not %s", (name, why) => {
    expect(() => read({ route: `forward_headers = ["${name}"]` })).toThrow(why);
  });
  test("but not that of its own credential", () => {
    const route =
      'forward_headers = ["x-api-key"]\ncredential = { kind = "header", secret = "KEY", name = "X-Api-Key" }';
    expect(() => read({ route })).toThrow("forwards a header of its own credential");
  });
});

test.each([
  ['credential = { kind = "header", secret = "KEY" }'],
  ['filters = [{ scope = "all", fields = ["email"] }]'],
  ["tools = {}"],
])("a route that opens WebSockets cannot have %s", (more) => {
  expect(() => read({ route: `websocket = true\n${more}` })).toThrow(
    "opens WebSockets, whose content is not inspected",
  );
});

describe("the gateway's origins", () => {
  test("are by default that of its id", () => {
    expect(read({}).gateway.origins).toEqual(["https://gateway.example"]);
  });
  test.each([
    ['origins = ["http://gateway.example"]', "must be https"],
    ['origins = ["https://gateway.example/path"]', "must be an origin"],
    ['origins = ["https://gateway.example:443"]', "without default port"],
    ['origins = ["https://*.example"]', "links need one address"],
    ["origins = []", "origins"],
  ])("cannot be %s", (gateway, why) => {
    expect(() => read({ gateway })).toThrow(why);
  });
  test("must be configured if its id is not an address", () => {
    expect(() => readConfig(configOf({}).replace("https://gateway.example", "urn:example:gateway"))).toThrow(
      "needs origins",
    );
  });
  test.each([
    ["https://gateway.example/", "https://gateway.example"],
    ["http://gateway.example/", "https://gateway.example"],
    ["https://gateway.example./", "https://gateway.example"],
    ["https://a.api.example/", "https://a.api.example"],
    ["https://a.b.api.example/", "https://a.b.api.example"],
    ["https://api.example/", undefined],
    ["https://evilapi.example/", undefined],
    ["https://gateway.example:8443/", undefined],
    ["http://127.0.0.1:8787/", "http://127.0.0.1:8787"],
    ["http://127.0.0.1:8788/", undefined],
  ])("of %s: %s", (address, origin) => {
    const origins = ["https://gateway.example", "https://*.api.example", "http://127.0.0.1:8787"] as const;
    expect(originOf(new URL(address), origins)).toBe(origin);
  });
});

describe("a route of a host", () => {
  const { routes } = read({ route: 'host = "*.acme.example"' });
  const match = compileRoutes(routes);
  test.each([
    ["pay.acme.example", true],
    ["pay.acme.example.", true],
    ["acme.example", false],
    ["evilacme.example", false],
  ])("of *.acme.example is found under %s: %s", (host, found) => {
    expect(match(host, "/orders/17") !== undefined).toBe(found);
  });
  test("has no port", () => {
    expect(() => read({ route: 'host = "pay.acme.example:8443"' })).toThrow("without port");
  });
});

test.each([
  ["?access_token=a&Api-Key=b&client_secret=c&X-Amz-Signature=d&sig=e&code=f", ["*", "*", "*", "*", "*", "*"]],
  ["?page=2&token_count=7&country_code=DE&monkey=1", ["2", "7", "DE", "1"]],
  ["?after=eyJhbGciOiJub25lIn0.e30.", ["*"]],
  [`?cursor=${"a".repeat(40)}&word=${"a".repeat(39)}`, ["*", "a".repeat(39)]],
  ["?crm=all-powerful", ["*"]],
])("a query is recorded without values that look like secrets: %s", (search, values) => {
  expect(readQuery(search, "crm")?.map(({ value }) => value)).toEqual(values);
});
