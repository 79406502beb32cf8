/** Secrets are read once, when the Worker starts: missing, good, or named as broken without their value. */
import { describe, expect, test } from "vitest";
import type { Config } from "../../worker/config.ts";
import { readSecrets, SecretError } from "../../worker/trust/secrets.ts";

const BYTES = "A".repeat(43);
const SECRET = "S3cr3tValue";
const privateKey = { kty: "OKP", crv: "Ed25519", x: BYTES, d: BYTES, kid: "k-1" };
const { d: _, ...publicKey } = privateKey;
const config = {
  routes: [
    { credential: { kind: "header", secret: "CRM_KEY", name: "authorization", prefix: "" } },
    { credential: { kind: "basic", secret: "CRM_LOGIN" } },
    { credential: { kind: "hmac", secret: "CRM_HMAC" } },
    { credential: { kind: "oauth", secret: "CLIENT_KEY", auth: "private_key_jwt" } },
    { credential: { kind: "exchange" } },
    { credential: undefined },
  ],
  vendors: { crm: { secret: "CRM_CLIENT" }, public: {} },
  authorizer: { proxies: [{ secret: "EDGE_SECRET" }, { certificate: BYTES }] },
  secrets: {
    CRM_KEY: { next: "CRM_KEY_NEXT" },
    CLIENT_KEY: { next: "CLIENT_KEY_NEXT" },
    CRM_CLIENT: { next: "CRM_CLIENT_NEXT" },
    CRM_LOGIN: {},
  },
} as unknown as Config;

const read = (secrets: Record<string, string>) => readSecrets((name) => secrets[name], config);

test("a missing or empty secret is undefined, and not an error", () => {
  expect(read({ GATEWAY_KEYS: "" })).toEqual({
    signingKeys: undefined,
    publishers: undefined,
    vaultKeys: undefined,
    federationKeys: undefined,
    otlpHeaders: {},
  });
});

test("a valid secret is read", () => {
  const secrets = read({
    GATEWAY_KEYS: JSON.stringify({ keys: [privateKey] }),
    POLICY_KEYS: JSON.stringify({ keys: [{ ...publicKey, alg: "EdDSA" }] }),
    OTLP_HEADERS: '{"authorization":"Basic YTpi"}',
    ADMIN_TOKEN: "test-admin-token",
    CRM_KEY: "all-powerful/key=of+the crm",
    CRM_KEY_NEXT: "the key after it",
    CRM_LOGIN: "hopgate:pass:word",
    CRM_HMAC: "ключ",
  });
  expect(secrets.signingKeys?.keys).toEqual([privateKey]);
  expect(secrets.publishers?.keys).toMatchObject([publicKey]);
  expect(secrets.otlpHeaders).toEqual({ authorization: "Basic YTpi" });
});

describe("an invalid secret prevents the start, and is named without its value", () => {
  const keys = (...list: object[]): string => JSON.stringify({ keys: list });
  test.each<[string, string, string]>([
    ["GATEWAY_KEYS", `{"keys": [${SECRET}`, "secret GATEWAY_KEYS: must be JSON"],
    ["GATEWAY_KEYS", keys(), "secret GATEWAY_KEYS, keys: "],
    ["GATEWAY_KEYS", keys({ ...privateKey, kid: undefined }), "secret GATEWAY_KEYS, keys.0.kid: "],
    ["GATEWAY_KEYS", keys({ ...privateKey, d: SECRET }), "secret GATEWAY_KEYS, keys.0.d: must be 32 bytes"],
    ["GATEWAY_KEYS", keys({ ...privateKey, crv: SECRET }), "secret GATEWAY_KEYS, keys.0.crv: "],
    ["GATEWAY_KEYS", keys(privateKey, privateKey), "secret GATEWAY_KEYS, keys: names a `kid` twice"],
    ["GATEWAY_KEYS", `"${SECRET}"`, "secret GATEWAY_KEYS: "],
    ["POLICY_KEYS", SECRET, "secret POLICY_KEYS: must be JSON"],
    ["POLICY_KEYS", keys(privateKey), "secret POLICY_KEYS, keys.0: is a private key"],
    ["OTLP_HEADERS", `{"authorization":"${SECRET}\\n"}`, "secret OTLP_HEADERS, authorization: must be the value"],
    ["OTLP_HEADERS", `["${SECRET}"]`, "secret OTLP_HEADERS: "],
    ["ADMIN_TOKEN", `${SECRET} and more`, "secret ADMIN_TOKEN: must be a token"],
    ["CONSOLE_CLIENT_SECRET", `${SECRET}\n`, "secret CONSOLE_CLIENT_SECRET: must not begin or end"],
    ["CRM_KEY", `${SECRET}\n`, "secret CRM_KEY: must not begin or end"],
    ["CRM_KEY", `${SECRET}é`, "secret CRM_KEY: must be printable ASCII"],
    ["CLIENT_KEY", SECRET, "secret CLIENT_KEY: must be JSON"],
    ["CLIENT_KEY", `{"kty":"RSA","alg":"RS256","kid":"1","d":""}`, "secret CLIENT_KEY, d: is missing"],
    ["CRM_CLIENT", `${SECRET} `, "secret CRM_CLIENT: must not begin or end"],
    ["CRM_KEY_NEXT", `${SECRET}\n`, "secret CRM_KEY_NEXT: must not begin or end"],
    ["CLIENT_KEY_NEXT", SECRET, "secret CLIENT_KEY_NEXT: must be JSON"],
    ["CRM_CLIENT_NEXT", `${SECRET} `, "secret CRM_CLIENT_NEXT: must not begin or end"],
    ["VAULT_KEYS", keys({ kty: "oct", kid: "1", k: SECRET }), "secret VAULT_KEYS, keys.0.k: must be 32 bytes"],
    ["VAULT_KEYS", keys({ kty: "oct", kid: "1 2", k: BYTES }), "secret VAULT_KEYS, keys.0.kid: must be letters"],
    [
      "FEDERATION_KEYS",
      keys({ ...privateKey, alg: "EdDSA" }),
      "secret FEDERATION_KEYS, keys.0: must be an RSA key for RS256",
    ],
    ["CRM_LOGIN", SECRET, "secret CRM_LOGIN: must be user:password"],
    ["EDGE_SECRET", SECRET, "secret EDGE_SECRET: must have 32 to 256 characters"],
    ["EDGE_SECRET", `${SECRET} ${BYTES}`, "secret EDGE_SECRET: must be a token"],
  ])("%s %#", (name, value, message) => {
    const refusal = (): unknown => read({ [name]: value });
    expect(refusal).toThrow(SecretError);
    expect(refusal).toThrow(message);
    expect(refusal).not.toThrow(SECRET);
  });
});
