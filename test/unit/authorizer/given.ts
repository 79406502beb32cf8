/** A configuration with proxies that ask, as the tests of them read it. */
import { type AskingProxy, type Config, readConfig } from "../../../worker/config.ts";
import { HopError } from "../../../worker/errors.ts";
import type { Rule } from "../../../worker/rules.ts";

export const HEX = "ab".repeat(32);
export const CERTIFICATE = btoa(String.fromCharCode(...new Uint8Array(32).fill(0xab)))
  .replaceAll("=", "")
  .replaceAll("+", "-")
  .replaceAll("/", "_");

interface Parts {
  readonly proxies?: string;
  readonly route?: string;
}

export const EDGE = 'name = "edge"\nkind = "nginx"\nsecret = "EDGE_SECRET"';
export const proxy = (text: string): string => `[[authorizer.proxies]]\n${text}\n`;

export function configured({
  proxies = proxy(EDGE),
  route = 'upstream = "https://orders.example"',
}: Parts = {}): Config {
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

export const proxyOf = (text: string): AskingProxy =>
  configured({ proxies: proxy(text) }).authorizer.proxies[0] as AskingProxy;

export function ruleOf(run: () => unknown): Rule | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof HopError) return error.rule;
    throw error;
  }
}
