/**
 * A gateway with an invalid configuration does not start, and names the field. Each case starts a gateway, so `npm
 * test` tries a tenth.
 */
import { describe, expect, test } from "vitest";
import { cases } from "../cases.ts";
import { startWorld } from "./harness.ts";

async function refusalOf(edit: (config: string) => string, secrets: Record<string, string> = {}): Promise<string> {
  try {
    const world = await startWorld({ edit, secrets, withoutPolicies: true });
    await world.stop();
    return "started";
  } catch (error) {
    return String((error as Error).message);
  }
}

const CONFIGURATIONS: readonly [string, (config: string) => string, string][] = [
  [
    "an upstream that is no URL",
    (text) => text.replace(/upstream = "http:\/\/127[^"]+"/, 'upstream = "nowhere"'),
    "routes[0].upstream: must be a URL",
  ],
  [
    "an upstream over http on another machine",
    (text) => text.replace(/upstream = "http:\/\/127[^"]+"/, 'upstream = "http://example.com"'),
    "routes[0].upstream: must be https (http only on the loopback, or with allow_http)",
  ],
  [
    "no audience",
    (text) => text.replace('audience = "https://orders.acme.example"\n', ""),
    "routes[0].audience: is required",
  ],
  [
    "a sensitivity of its own",
    (text) => text.replace('sensitivity = "low"', 'sensitivity = "tiny"'),
    "routes[0].sensitivity: must be low or medium or high",
  ],
  [
    "a field that does not exist",
    (text) => text.replace('id = "orders"', 'id = "orders"\nscopes = ["a"]'),
    "routes[0]: unknown field `scopes`",
  ],
  ["an id used twice", (text) => text.replace('id = "refunds"', 'id = "orders"'), "routes: uses a route id twice"],
  [
    "a route over the gateway's own paths",
    (text) => text.replace('path = "/refunds"', 'path = "/admin/x"'),
    "routes[3].path: is the gateway's own",
  ],
  [
    "an issuer without keys",
    (text) => text.replace(/keys = \[\{.*\}\]\n/, ""),
    "issuers[0]: needs one of keys, jwks_uri, discovery and spiffe_bundle",
  ],
  [
    "a private key",
    (text) => text.replace('kid = "idp-1"', 'kid = "idp-1", d = "x"'),
    "issuers[0].keys[0]: is a private key",
  ],
  ["too long a life", (text) => text.replace("timeout = 1", "ttl = 86400"), "routes[6].ttl: must be at most 3600"],
  ["text that is no TOML", (text) => `${text}\n= =`, "not valid TOML"],
];

const SECRETS: readonly [string, string, string][] = [
  ["GATEWAY_KEYS", '{"keys":[{"kty":"OKP","crv":"Ed25519","d":"hush-hush"}]}', "secret GATEWAY_KEYS, keys.0.x: "],
  ["POLICY_KEYS", "{hush-hush", "secret POLICY_KEYS: must be JSON"],
  ["CRM_LOGIN", "hush-hush", "secret CRM_LOGIN: must be user:password"],
];

describe("the Worker refuses to start", () => {
  test.each(CONFIGURATIONS.slice(0, cases(CONFIGURATIONS.length)))("with %s", async (_, edit, message) => {
    expect(await refusalOf(edit)).toContain(message);
  });

  test.each(SECRETS.slice(0, cases(SECRETS.length)))(
    "with a broken %s, which it names without its value",
    async (name, value, message) => {
      const refusal = await refusalOf((text) => text, { [name]: value });
      expect(refusal).toContain(message);
      expect(refusal).not.toContain("hush-hush");
    },
  );
});
