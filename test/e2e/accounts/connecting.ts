/** How a person connects an account, and ends it. */
import { describe, expect, test } from "vitest";
import { VENDOR_CLIENT } from "../account-vendor.ts";
import { ask, codeFor, newBrowser, publish, redeem, tokensOf } from "../door.ts";
import { refusalOf } from "../harness.ts";
import { acts, connect, connectUriOf, door, goOn, read, vendor } from "./given.ts";

export function testConnecting(): void {
  describe("a person who has connected no account", () => {
    test("is told where, in the body and in the challenge; nothing reaches the vendor", async () => {
      const answer = await read("nora");
      expect(answer.status).toBe(403);
      const told = (await answer.clone().json()) as Record<string, string>;
      expect(told).toMatchObject({ error: "access_denied", rule: "account_unconnected", vendor: "crm" });
      expect(told["connect_uri"]).toMatch(new RegExp(`^${door.url}/me/connect/crm\\?for=[\\w-]{43}$`));
      expect(answer.headers.get("www-authenticate")).toContain(`connect_uri="${told["connect_uri"]}"`);
    });

    test("signs in, reads what connecting means, consents at the vendor and returns, and the next request passes", async () => {
      const browser = newBrowser();
      const page = await browser.go(await connectUriOf("alice"));
      for (const part of ["Acme CRM crm", new URL(vendor.url).host, "Alice", "crm offline_access"])
        expect(page.text).toContain(part);
      const to = await goOn(browser, page);
      expect(Object.fromEntries(to.searchParams)).toMatchObject({
        response_type: "code",
        client_id: VENDOR_CLIENT.id,
        redirect_uri: `${door.url}/me/connected/crm`,
        code_challenge_method: "S256",
        scope: "crm offline_access",
      });
      const mine = await browser.go(to.href);
      expect([mine.status, mine.url.pathname]).toEqual([200, "/me"]);
      expect(mine.text).toContain("Disconnect Acme CRM crm");
      const answer = await read("alice");
      expect(await answer.json()).toMatchObject({ account: "alice-at-vendor" });
      await expect
        .poll(acts)
        .toContainEqual(expect.objectContaining({ act: "connected", by: expect.objectContaining({ sub: "alice" }) }));
    });

    test("of an MCP route is asked in the client to open the page, and the same call passes afterwards", async () => {
      door.company.person = "mia";
      const url = `${door.url}/tools-of-mine`;
      const client = publish(door, "/mia.json");
      const asking = await ask(door, client, { resource: url, scope: "crm:read" });
      const browser = newBrowser();
      const { access_token: token } = await tokensOf(
        await redeem(door, asking, await codeFor(browser, asking, ["crm:read"]), { resource: url }),
      );
      const callIt = (): Promise<Response> =>
        fetch(url, {
          method: "POST",
          headers: {
            authorization: `Bearer ${token}`,
            "content-type": "application/json",
            accept: "application/json, text/event-stream",
            "mcp-protocol-version": "2025-11-25",
          },
          body: JSON.stringify({
            jsonrpc: "2.0",
            id: 7,
            method: "tools/call",
            params: { name: "whoami", arguments: {} },
          }),
        });
      const { error } = (await (await callIt()).json()) as {
        error: { code: number; data: { elicitations: { mode: string; url: string }[] } };
      };
      expect(error).toMatchObject({
        code: -32042,
        data: { rule: "account_unconnected", elicitations: [{ mode: "url" }] },
      });
      vendor.account = "mia-at-vendor";
      const page = await browser.go(error.data.elicitations[0]?.url as string);
      await browser.go((await goOn(browser, page)).href);
      const answer = (await (await callIt()).json()) as { result: { content: { text: string }[] } };
      expect(JSON.parse(answer.result.content[0]?.text as string)).toMatchObject({ account: "mia-at-vendor" });
    });
  });

  test("an account that its owner disconnects at /me ends at once, at the gateway and at the vendor; others cannot end it", async () => {
    const browser = newBrowser();
    await connect("dora", "dora-at-vendor", browser);
    expect((await read("dora")).status).toBe(200);
    door.company.person = "mallory";
    const others = newBrowser();
    const theirs = await others.go(`${door.url}/me`);
    expect(theirs.text).not.toContain("Disconnect Acme CRM crm");
    expect((await others.send(theirs, "/me/disconnect/crm", {})).status).toBe(404);
    const mine = await browser.go(`${door.url}/me`);
    const revoked = vendor.revoked;
    const after = await browser.send(mine, "/me/disconnect/crm", {});
    expect(after.text).not.toContain("Disconnect Acme CRM crm");
    expect(vendor.revoked - revoked).toBe(1);
    expect(await refusalOf(await read("dora"))).toMatchObject({ rule: "account_unconnected" });
    await expect
      .poll(acts)
      .toContainEqual(expect.objectContaining({ act: "disconnected", by: expect.objectContaining({ sub: "dora" }) }));
  });
}
