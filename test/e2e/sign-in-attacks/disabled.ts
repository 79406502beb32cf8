/** Grants of a name that the registry has disabled. */
import { describe, expect, test } from "vitest";
import { keyNamed } from "../../vectors/craft.ts";
import { ask, CALLBACK, callTool, codeFor, newBrowser, redeem, renew, tokensOf } from "../door.ts";
import { admin } from "../harness.ts";
import { register, SECRET } from "../oauth.ts";
import { door } from "./given.ts";

export function testDisabled(): void {
  describe("a name that the registry has disabled", () => {
    const registerAs = (actor: string): Promise<Response> =>
      register(door.world, {
        client_id: "renamed",
        actor,
        auth_method: "client_secret_post",
        grants: ["authorization_code", "refresh_token"],
        audiences: [door.mcp],
        redirect_uris: [CALLBACK],
      });
    const credentials = { client_id: "renamed", client_secret: SECRET };

    test("is in no token of its earlier grants, whatever its client is called now", async () => {
      const name = "urn:acme:first-name";
      const { jwk: publicKey } = await keyNamed("first-name");
      const put = (disabled: boolean) =>
        admin(
          door.world,
          `registry/${encodeURIComponent(name)}`,
          { name, keys: [publicKey], owner: "o", purpose: "p", disabled },
          "PUT",
        );
      expect((await registerAs(name)).status).toBe(200);
      const asking = await ask(door, "renamed");
      const tokens = await tokensOf(await redeem(door, asking, await codeFor(newBrowser(), asking), credentials));
      const second = await codeFor(newBrowser(), asking);
      await registerAs("urn:acme:second-name");
      await put(true);
      expect((await callTool(door.mcp, tokens.access_token)).status).toBe(401);
      for (const answer of [
        await renew(door, "renamed", tokens.refresh_token, credentials),
        await redeem(door, asking, second, credentials),
      ]) {
        expect(answer.status).toBe(400);
        expect(await answer.json()).toMatchObject({
          error: "invalid_grant",
          error_description: expect.stringContaining("actor_disabled"),
        });
      }
      await put(false);
      expect((await renew(door, "renamed", tokens.refresh_token, credentials)).status).toBe(200);
    });
  });
}
