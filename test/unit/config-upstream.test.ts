/** The address of an upstream is one to which the path of a request can be appended. */
import { expect, test } from "vitest";
import { readConfig } from "../../worker/config.ts";

const withUpstream = (upstream: string) =>
  readConfig(`
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
upstream = ${JSON.stringify(upstream)}
[routes.methods]
GET = { action = "orders:read" }
`);

test.each(["https://api.example.com/?tenant=1", "https://api.example.com/#a", "https://user:word@api.example.com"])(
  "refuses %s",
  (upstream) => {
    const told = "routes[0].upstream: must have no query, fragment or credentials";
    expect(() => withUpstream(upstream)).toThrow(told);
  },
);

test("accepts a path, which is put in front", () => {
  expect(withUpstream("https://api.example.com/@v1").routes[0]?.upstream).toBe("https://api.example.com/@v1");
});
