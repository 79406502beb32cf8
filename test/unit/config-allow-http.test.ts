/** Plain http to an upstream elsewhere is an opt-in of its route. */
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
