/** Tokens and refresh tokens in the wrong place, or sent again. */
import { decodeJwt } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { ask, CALLBACK, callTool, codeFor, newBrowser, publish, redeem, renew, tokensOf } from "../door.ts";
import { refusalOf } from "../harness.ts";
import { SECRET } from "../oauth.ts";
import { client, door, errorOf } from "./given.ts";

export function testTokens(): void {
  describe("a token", () => {
    let token: string;
    beforeAll(async () => {
      const asking = await ask(door, client);
      token = (await tokensOf(await redeem(door, asking, await codeFor(newBrowser(), asking)))).access_token;
    });

    test("of another route is refused", async () => {
      expect((await callTool(door.mcp, token)).status).toBe(200);
      expect(await refusalOf(await callTool(`${door.url}/other`, token))).toMatchObject({
        status: 401,
        rule: "audience_mismatch",
      });
      const localhost = door.mcp.replace("127.0.0.1", "localhost");
      expect(await refusalOf(await callTool(localhost, token))).toMatchObject({ rule: "audience_mismatch" });
    });

    test("of the provider is not accepted here", async () => {
      expect((await callTool(door.mcp, "an-access-token-of-the-provider")).status).toBe(401);
    });

    test("without a key begins no chain: its exchange is refused", async () => {
      const audiences = [door.mcp, door.url];
      const registered = await fetch(`${door.url}/admin/clients/both`, {
        method: "PUT",
        headers: { authorization: "Bearer test-admin-token" },
        body: JSON.stringify({
          client_id: "both",
          actor: "https://both.example",
          auth_method: "client_secret_post",
          secret_hashes: [
            Buffer.from(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(SECRET))).toString("base64url"),
          ],
          grants: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:token-exchange"],
          redirect_uris: [CALLBACK],
          audiences,
          scopes: ["orders:read"],
          owner: "tests",
          purpose: "tests",
        }),
      });
      expect(registered.status, await registered.text()).toBe(200);
      const asking = await ask(door, "both");
      const code = await codeFor(newBrowser(), asking);
      const secret = { client_secret: SECRET };
      const tokens = await tokensOf(await redeem(door, asking, code, secret));
      expect(decodeJwt(tokens.access_token)).toMatchObject({ act_proof: ["registered"], max_hops: 0 });
      const form = {
        grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
        client_id: "both",
        ...secret,
        subject_token: tokens.access_token,
        subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
        resource: door.url,
      };
      const answer = await fetch(`${door.url}/oauth/token`, { method: "POST", body: new URLSearchParams(form) });
      expect(answer.status).toBe(400);
      expect(((await answer.json()) as { error_description: string }).error_description).toContain("is a leaf");
      expect(await refusalOf(await callTool(door.mcp, `${tokens.access_token}~${tokens.access_token}`))).toMatchObject({
        status: 401,
      });
    });

    test("without a key is not issued for a route that does not accept one", async () => {
      const asking = await ask(door, client, { resource: `${door.url}/tools` });
      const code = await codeFor(newBrowser(), asking);
      const answer = await redeem(door, asking, code, { resource: `${door.url}/tools` });
      expect(await answer.json()).toMatchObject({ error: "invalid_dpop_proof" });
    });

    test("in a query string is not accepted", async () => {
      const answer = await fetch(`${door.mcp}?access_token=${token}`, { method: "POST", body: "{}" });
      expect(answer.status).toBe(401);
    });

    test("from a page of another site is refused (DNS rebinding)", async () => {
      const answer = await callTool(door.mcp, token, { headers: { origin: "https://evil.example" } });
      expect(await refusalOf(answer)).toMatchObject({ status: 403, rule: "origin_refused" });
      expect((await callTool(door.mcp, token, { headers: { origin: "https://app.example" } })).status).toBe(200);
    });
  });

  describe("a refresh token", () => {
    const issued = async () => {
      const asking = await ask(door, client);
      return tokensOf(await redeem(door, asking, await codeFor(newBrowser(), asking)));
    };

    test("that is used again ends everything derived from it", async () => {
      const first = await issued();
      const second = await tokensOf(await renew(door, client, first.refresh_token));
      expect((await callTool(door.mcp, second.access_token)).status).toBe(200);
      expect(await errorOf(await renew(door, client, first.refresh_token))).toBe("invalid_grant");
      expect(await errorOf(await renew(door, client, second.refresh_token))).toBe("invalid_grant");
      expect((await callTool(door.mcp, second.access_token)).status).toBe(401);
    });

    test("however long ago it was first used", async () => {
      const first = await issued();
      let last = first;
      for (let turn = 0; turn < 5; turn++) last = await tokensOf(await renew(door, client, last.refresh_token));
      expect(await errorOf(await renew(door, client, first.refresh_token))).toBe("invalid_grant");
      expect(await errorOf(await renew(door, client, last.refresh_token))).toBe("invalid_grant");
    });

    test("is accepted from one of many who send it at the same time", async () => {
      const { refresh_token: token } = await issued();
      const answers = await Promise.all(Array.from({ length: 8 }, () => renew(door, client, token)));
      expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    });

    test.each([
      ["another client", () => ({ client_id: publish(door, "/thief2.json") }), "invalid_grant"],
      ["another resource", () => ({ resource: `${door.url}/other` }), "invalid_target"],
      ["a wider scope", () => ({ scope: "orders:read refunds:write" }), "invalid_scope"],
      ["authorization details", () => ({ authorization_details: "[]" }), "invalid_authorization_details"],
      ["a purpose of its own", () => ({ request_details: '{"purpose":"consent/mcp/all"}' }), "invalid_request"],
    ])("gives nothing for %s", async (_, change, error) => {
      const { refresh_token: token } = await issued();
      expect(await errorOf(await renew(door, client, token, change()))).toBe(error);
      expect((await renew(door, client, token)).status).toBe(200);
    });

    test("is refused once the person was revoked", async () => {
      door.company.person = "leaver";
      const { refresh_token: token, access_token: access } = await issued();
      door.company.person = "alice";
      const answer = await fetch(`${door.url}/admin/revocations`, {
        method: "POST",
        headers: { authorization: "Bearer test-admin-token", "content-type": "application/json" },
        body: JSON.stringify({ kind: "subject", issuer: door.company.issuer, sub: "leaver", reason: "left" }),
      });
      expect(answer.status, await answer.text()).toBeLessThan(300);
      expect(await errorOf(await renew(door, client, token))).toBe("invalid_grant");
      expect((await callTool(door.mcp, access)).status).toBe(401);
    });
  });
}
