/** Mutual TLS: what the edge reports of the client certificate, and that it must be the one that the last hop names. */
import { describe, expect, test } from "vitest";
import type { ChainHop } from "../../wasm/core.ts";
import { type Config, readConfig } from "../../worker/config.ts";
import { verificationCore } from "../../worker/core.ts";
import type { HopError } from "../../worker/errors.ts";
import { parse } from "../../worker/gateway/parse.ts";
import { compileRoutes } from "../../worker/gateway/routes.ts";
import { verifyMtls } from "../../worker/proof/mtls.ts";
import type { ProofContext } from "../../worker/proof/proof.ts";

const config: Config = readConfig(`
[gateway]
id = "https://gateway.example"
[[issuers]]
issuer = "https://idp.example"
jwks_uri = "https://idp.example/jwks"
[[routes]]
id = "orders"
api = "orders"
path = "/orders/*"
upstream = "https://upstream.example"
audience = "https://orders.example"
sensitivity = "low"
proof = ["mtls"]
[routes.methods]
GET = { action = "read" }
`);
const HEX = "ab".repeat(32);
const BASE64URL = btoa(String.fromCharCode(...new Uint8Array(32).fill(0xab)))
  .replaceAll("=", "")
  .replaceAll("+", "-")
  .replaceAll("/", "_");

function parseWith(tlsClientAuth: object | undefined): ReturnType<typeof parse> {
  const request = new Request("https://gateway.example/orders/1", {
    headers: { authorization: "Bearer a.b.c" },
    cf: { tlsClientAuth } as unknown as CfProperties,
  });
  return parse(request as unknown as Request, "id", {
    config,
    core: verificationCore(),
    matchRoute: compileRoutes(config.routes),
    now: () => 0,
  });
}
const ruleOf = async (run: () => unknown): Promise<string | undefined> => {
  try {
    await run();
    return undefined;
  } catch (error) {
    return (error as HopError).rule;
  }
};
const contextOf = (cnf: unknown): ProofContext =>
  ({ leaf: { claims: { cnf } } as unknown as ChainHop }) as ProofContext;

describe("the certificate that the edge reports", () => {
  test("is accepted if it was presented and verified", async () => {
    const { proof } = await parseWith({ certPresented: "1", certVerified: "SUCCESS", certFingerprintSHA256: HEX });
    expect(proof).toEqual({ kind: "mtls", certificate: BASE64URL });
  });
  test.each([
    ["was not verified", { certPresented: "1", certVerified: "FAILED:self signed", certFingerprintSHA256: HEX }],
    ["was not presented", { certPresented: "0", certVerified: "NONE", certFingerprintSHA256: "" }],
    ["is not reported at all", undefined],
    ["has no whole thumbprint", { certPresented: "1", certVerified: "SUCCESS", certFingerprintSHA256: HEX.slice(2) }],
  ])("leaves a bearer token, which the route refuses, if it %s", async (_, tls) => {
    expect(await ruleOf(() => parseWith(tls))).toBe("proof_not_accepted");
  });
});

describe("the last hop", () => {
  test("names this certificate", async () => {
    expect(await ruleOf(() => verifyMtls(BASE64URL, contextOf({ "x5t#S256": BASE64URL })))).toBeUndefined();
  });
  test.each([
    ["another certificate", BASE64URL, { "x5t#S256": "AAAA" }],
    ["no certificate", BASE64URL, {}],
  ])("names %s", async (_, certificate, cnf) => {
    expect(await ruleOf(() => verifyMtls(certificate, contextOf(cnf)))).toBe("certificate_mismatch");
  });
});
