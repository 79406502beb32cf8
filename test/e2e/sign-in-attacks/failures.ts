/** What a sign-in that fails leaves behind. */
import { describe, expect, test } from "vitest";
import { ask, newBrowser } from "../door.ts";
import { client, door, leadsTo } from "./given.ts";

export function testFailures(): void {
  describe("a failure during a sign-in", () => {
    test("of the provider leaves no grant and no session", async () => {
      door.company.down = true;
      const browser = newBrowser();
      const page = await browser.go((await ask(door, client)).url);
      door.company.down = false;
      expect(page.status).toBe(503);
      expect(browser.cookies.get(new URL(door.url).host)?.size ?? 0).toBe(0);
      expect((await browser.go((await ask(door, client)).url)).status).toBe(200);
    });

    test("of a request for an unknown resource or scope is sent to the client, with `iss`", async () => {
      expect(await leadsTo({ resource: undefined })).toEqual({ page: 0, error: "invalid_target" });
      expect(await leadsTo({ resource: door.url })).toEqual({ page: 0, error: "invalid_target" });
      expect(await leadsTo({ resource: `${door.url}/orders` })).toEqual({ page: 0, error: "invalid_target" });
      expect(await leadsTo({ resource: "https://elsewhere.example/mcp" })).toEqual({
        page: 0,
        error: "invalid_target",
      });
      expect(await leadsTo({ scope: "nonsense" })).toEqual({ page: 0, error: "invalid_scope" });
    });

    test("of a request for authorization details is sent to the client: people are asked for scopes only", async () => {
      for (const authorization_details of ['[{"type":"refund"}]', "[]", "refund"])
        expect(await leadsTo({ authorization_details })).toEqual({ page: 0, error: "invalid_authorization_details" });
    });
  });
}
