/** Mix-up, PKCE, and codes that are stolen or replayed. */
import { describe, expect, test } from "vitest";
import { ask, callTool, codeFor, newBrowser, publish, redeem, renew, tokensOf } from "../door.ts";
import { client, door, errorOf, leadsTo } from "./given.ts";

export function testCodes(): void {
  describe("mix-up", () => {
    test("is prevented: every answer names its issuer, errors too, as the metadata says", async () => {
      const metadata = (await (await fetch(`${door.url}/.well-known/oauth-authorization-server`)).json()) as object;
      expect(metadata).toMatchObject({
        issuer: door.url,
        authorization_response_iss_parameter_supported: true,
        code_challenge_methods_supported: ["S256"],
        client_id_metadata_document_supported: true,
        registration_endpoint: `${door.url}/oauth/register`,
      });
      expect(await leadsTo({ response_type: "token" })).toEqual({ page: 0, error: "unsupported_response_type" });
    });
  });

  describe("PKCE", () => {
    test.each([
      ["no challenge", { code_challenge: undefined }],
      ["no method", { code_challenge_method: undefined }],
      ["plain", { code_challenge_method: "plain" }],
      ["a challenge that is no hash", { code_challenge: "short" }],
    ])("is required: with %s nobody is asked", async (_, change) => {
      expect(await leadsTo(change)).toEqual({ page: 0, error: "invalid_request" });
    });

    test.each([
      ["missing", { code_verifier: "" }, "invalid_request"],
      ["another", { code_verifier: "x".repeat(43) }, "invalid_grant"],
    ])("a verifier that is %s redeems nothing", async (_, change, error) => {
      const asking = await ask(door, client);
      const code = await codeFor(newBrowser(), asking);
      expect(await errorOf(await redeem(door, asking, code, change))).toBe(error);
    });
  });

  describe("a code", () => {
    test("is accepted once; if it is used again, its tokens are revoked", async () => {
      const asking = await ask(door, client);
      const code = await codeFor(newBrowser(), asking);
      const tokens = await tokensOf(await redeem(door, asking, code));
      expect((await callTool(door.mcp, tokens.access_token)).status).toBe(200);
      expect(await errorOf(await redeem(door, asking, code))).toBe("invalid_grant");
      expect((await callTool(door.mcp, tokens.access_token)).status).toBe(401);
      expect(await errorOf(await renew(door, client, tokens.refresh_token))).toBe("invalid_grant");
    });

    test("is accepted from one of many who send it at the same time", async () => {
      const asking = await ask(door, client);
      const code = await codeFor(newBrowser(), asking);
      const answers = await Promise.all(Array.from({ length: 8 }, () => redeem(door, asking, code)));
      expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
      expect(await errorOf(await redeem(door, asking, code))).toBe("invalid_grant");
    });

    test.each([
      ["another client", () => ({ client_id: publish(door, "/thief.json") })],
      ["another address", () => ({ redirect_uri: "http://127.0.0.1:4712/callback" })],
      ["another resource", () => ({ resource: `${door.url}/other` })],
    ])("that %s redeems is refused, then and later", async (_, change) => {
      const asking = await ask(door, client);
      const code = await codeFor(newBrowser(), asking);
      expect(await errorOf(await redeem(door, asking, code, change()))).toBe("invalid_grant");
      expect(await errorOf(await redeem(door, asking, code))).toBe("invalid_grant");
    });

    test("gives nothing for authorization details, and can still be used", async () => {
      const asking = await ask(door, client);
      const code = await codeFor(newBrowser(), asking);
      const answer = await redeem(door, asking, code, { authorization_details: '[{"type":"refund"}]' });
      expect(await errorOf(answer)).toBe("invalid_authorization_details");
      expect((await redeem(door, asking, code)).status).toBe(200);
    });

    test("of an attacker's sign-in is refused with the victim's verifier", async () => {
      const [victim, attacker] = [await ask(door, client), await ask(door, client)];
      const injected = await codeFor(newBrowser(), attacker);
      expect(await errorOf(await redeem(door, victim, injected))).toBe("invalid_grant");
    });

    test("that was invented is refused", async () => {
      const asking = await ask(door, client);
      for (const code of ["x", `hg1.${"a".repeat(43)}.${"b".repeat(43)}`, `hg999.${"a".repeat(43)}.${"b".repeat(43)}`])
        expect(await errorOf(await redeem(door, asking, code))).toBe("invalid_grant");
    });
  });
}
