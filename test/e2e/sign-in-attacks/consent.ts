/** Whose consent counts, and for what. */
import { describe, expect, test } from "vitest";
import { openBrowser } from "../../../examples/browser.ts";
import { allow, ask, broughtBy, codeFor, newBrowser, publish } from "../door.ts";
import { client, door } from "./given.ts";

export function testConsent(): void {
  describe("consent", () => {
    test("is required from everybody, even if they have allowed the same before", async () => {
      const browser = newBrowser();
      await codeFor(browser, await ask(door, client));
      const again = await browser.go((await ask(door, client)).url);
      expect(again.status).toBe(200);
      expect(again.text).toContain("wants to act for you");
    });

    test("without a form of this session is refused", async () => {
      const asking = await ask(door, client);
      const [alice, mallory] = [newBrowser(), newBrowser()];
      const page = await alice.go(asking.url);
      const theirs = await mallory.go(asking.url);
      const token = /name="token" value="([^"]+)"/.exec(theirs.text)?.[1] as string;
      for (const change of [{ token }, { token: "" }, { token: "a.b" }]) {
        const answer = await alice.send(page, "/oauth/authorize", {
          decision: "allow",
          scope: "orders:read",
          ...change,
        });
        expect(answer.status).toBe(403);
      }
    });

    test("of one client counts for no other client, and for no wider scope", async () => {
      const browser = newBrowser();
      const page = await browser.go((await ask(door, client)).url);
      for (const other of [
        await ask(door, publish(door, "/second.json")),
        await ask(door, client, { scope: "orders:read refunds:write" }),
        await ask(door, client, { redirect_uri: "http://127.0.0.1:4712/callback" }),
        await ask(door, client, { resource: `${door.url}/other` }),
      ]) {
        const query = new URL(other.url).search.slice(1);
        const change = { decision: "allow", scope: ["orders:read", "refunds:write"], query };
        expect((await browser.send(page, "/oauth/authorize", change)).status).toBe(403);
      }
    });

    test("is given once: the same form is refused when it is sent again", async () => {
      const browser = newBrowser();
      const page = await browser.go((await ask(door, client)).url);
      expect(broughtBy(await allow(browser, page))).toHaveProperty("code");
      expect((await allow(browser, page)).status).toBe(403);
    });

    test.each([
      ["another site", "https://evil.example"],
      ["no site at all", "null"],
    ])("by a form of %s is refused (CSRF)", async (_, origin) => {
      const browser = newBrowser();
      const page = await browser.go((await ask(door, client)).url);
      const answer = await browser.send(
        page,
        "/oauth/authorize",
        { decision: "allow", scope: "orders:read" },
        { origin },
      );
      expect(answer.status).toBe(403);
    });

    test("cannot be asked in a frame, and its answer cannot be read by a page of another site", async () => {
      const { url } = await ask(door, client);
      const browser = newBrowser();
      const page = await browser.go(url);
      expect(page.headers.get("content-security-policy")).toMatch(/frame-ancestors 'none'/);
      expect(page.headers.get("x-frame-options")).toBe("DENY");
      const crossed = await fetch(url, { headers: { origin: "https://evil.example" }, redirect: "manual" });
      expect(crossed.headers.get("access-control-allow-origin")).toBeNull();
    });

    test("cannot be given by the answer to a sign-in that another browser began", async () => {
      const [victim, attacker] = [newBrowser(), newBrowser()];
      // The attacker stops at the way back, and has the victim go on with it.
      const begun = await fetch((await ask(door, client)).url, { redirect: "manual" });
      expect(begun.status).toBe(303);
      const sent = new URL(begun.headers.get("location") as string);
      const state = sent.searchParams.get("state") as string;
      const page = await victim.go(
        `${door.url}/oauth/callback?code=attackers&state=${state}&iss=${door.company.issuer}`,
      );
      expect(page.status).toBe(401);
      expect((await attacker.go(`${door.url}/oauth/callback?code=x&state=${state}`)).status).toBe(401);
    });

    test("is not requested when the answer to a sign-in arrives a second time", async () => {
      const begin = async () => {
        const browser = openBrowser((url) => url.pathname === "/oauth/callback");
        const { url: back } = await browser.go((await ask(door, client)).url);
        const cookie = [...(browser.cookies.get(back.host) ?? [])].map((pair) => pair.join("=")).join("; ");
        const comeBack = async (url: URL) => (await fetch(url, { headers: { cookie }, redirect: "manual" })).status;
        return { back, comeBack };
      };
      const once = await begin();
      expect([await once.comeBack(once.back), await once.comeBack(once.back)]).toEqual([303, 401]);
      // The first answer ends it, also one that the provider refuses: it is not asked again.
      const { back, comeBack } = await begin();
      const guessed = new URL(back);
      guessed.searchParams.set("code", "guessed");
      expect([await comeBack(guessed), await comeBack(back)]).toEqual([401, 401]);
    });

    test("shows the name of a client as text", async () => {
      const id = publish(door, "/markup.json", { client_name: '<img src=x onerror="alert(1)">' });
      const page = await newBrowser().go((await ask(door, id)).url);
      expect(page.text).toContain("&lt;img src=x");
      expect(page.text).not.toContain("<img");
    });
  });
}
