/** The address of an upstream: https, or http by an opt-in of its route, and one to which the path of a request can be appended. */
import { expect, test } from "vitest";
import { readConfig } from "../../worker/config.ts";

const route = (more: string): string => `
[gateway]
id = "https://gateway.example.com"
[[issuers]]
issuer = "https://idp.example.com"
discovery = true
[[routes]]
id = "orders"
api = "orders-api"
path = "/orders/*"
audience = "https://orders.example.com"
sensitivity = "low"
${more}
[routes.methods]
GET = { action = "orders:read" }
`;

test("refuses plain http to another machine", () => {
  expect(() => readConfig(route('upstream = "http://orders:8080"'))).toThrow("routes[0].upstream: must be https");
});

test("accepts it if the route says so", () => {
  const { routes } = readConfig(route('upstream = "http://orders:8080"\nallow_http = true'));
  expect(routes[0]?.upstream).toBe("http://orders:8080");
});

test("accepts no other scheme", () => {
  expect(() => readConfig(route('upstream = "ftp://orders"\nallow_http = true'))).toThrow("must be a URL");
});

test.each(["https://api.example.com/?tenant=1", "https://api.example.com/#a", "https://user:word@api.example.com"])(
  "refuses %s",
  (upstream) => {
    const told = "routes[0].upstream: must have no query, fragment or credentials";
    expect(() => readConfig(route(`upstream = ${JSON.stringify(upstream)}`))).toThrow(told);
  },
);

test("accepts a path, which is put in front", () => {
  expect(readConfig(route('upstream = "https://api.example.com/@v1"')).routes[0]?.upstream).toBe(
    "https://api.example.com/@v1",
  );
});
