/** Clients that authenticate by certificate: what the edge reports of it (RFC 8705, section 2.2), in workerd. */
import { describe, expect, test } from "vitest";
import { verificationCore } from "../../worker/core.ts";
import { authenticate } from "../../worker/oauth/authenticate.ts";
import { type Client, hashSecret, parseClient } from "../../worker/oauth/clients.ts";
import type { OauthError } from "../../worker/oauth/errors.ts";
import { readParameters } from "../../worker/oauth/parameters.ts";
import type { Service } from "../../worker/oauth/service.ts";

const HEX = "ab".repeat(32);
const BASE64URL = "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s";
const { sha256 } = verificationCore();
const common = {
  client_id: "c",
  actor: "urn:acme:c",
  grants: ["client_credentials"],
  audiences: ["https://orders.example"],
  scopes: ["a"],
  owner: "o",
  purpose: "p",
};

async function ask(
  client: Client,
  tlsClientAuth: object | undefined,
  form: Record<string, string> = {},
  proof: "refused" | undefined = undefined,
): Promise<string> {
  const request = new Request("https://gateway.example/oauth/token", {
    method: "POST",
    body: new URLSearchParams({ client_id: "c", ...form }),
    cf: { tlsClientAuth } as unknown as CfProperties,
  }) as unknown as Request;
  const names = { prove: async () => ({ proof, until: 0 }) };
  const service = { core: { sha256 }, names, now: () => 0, findClient: async () => client } as unknown as Service;
  try {
    return (
      await authenticate(request, await readParameters(request, { body_timeout: 1, body_idle_timeout: 1 }), service)
    ).client_id;
  } catch (error) {
    return (error as OauthError).code;
  }
}

describe("a client certificate", () => {
  const client = parseClient({ ...common, auth_method: "self_signed_tls_client_auth", certificate: BASE64URL });
  const good = { certPresented: "1", certVerified: "SUCCESS", certFingerprintSHA256: HEX };

  test("that is registered and that the edge has verified is accepted", async () => {
    expect(await ask(client, good)).toBe("c");
  });
  test.each([
    ["another", { ...good, certFingerprintSHA256: "cd".repeat(32) }],
    ["one of which the edge tells no whole thumbprint", { ...good, certFingerprintSHA256: HEX.slice(2) }],
    ["one that is not verified", { ...good, certVerified: "FAILED:self signed" }],
    ["one that is not reported", undefined],
    ["none", { certPresented: "0", certVerified: "NONE", certFingerprintSHA256: "" }],
  ])("%s is refused", async (_, tls) => {
    expect(await ask(client, tls)).toBe("invalid_client");
  });
  test("of a client whose name the registry has disabled is refused", async () => {
    expect(await ask(client, good, {}, "refused")).toBe("invalid_client");
  });
  test("does not authenticate a client that is registered with a secret", async () => {
    const other = parseClient({
      ...common,
      auth_method: "client_secret_post",
      secret_hashes: [hashSecret("s", sha256)],
    });
    expect(await ask(other, good)).toBe("invalid_client");
    expect(await ask(other, good, { client_secret: "s" })).toBe("c");
  });
});

test.each([
  ["private_key_jwt", "keys"],
  ["client_secret_basic", "secret_hashes"],
  ["self_signed_tls_client_auth", "certificate"],
])("a client that authenticates by %s needs its %s", (auth_method, field) => {
  expect(() => parseClient({ ...common, auth_method })).toThrow(`${field}: is needed for ${auth_method}`);
});
