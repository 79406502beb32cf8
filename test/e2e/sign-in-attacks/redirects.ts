/** Where a sign-in may lead, and where not. */
import { beforeAll, describe, expect, test } from "vitest";
import { ask, broughtBy, CALLBACK, newBrowser, publish } from "../door.ts";
import { door, leadsTo } from "./given.ts";

export function testRedirects(): void {
  describe("a redirect URI", () => {
    const exact = "https://app.example/cb?x=1";
    let strict: string;
    beforeAll(() => {
      strict = publish(door, "/strict.json", { redirect_uris: [exact, CALLBACK, "http://localhost/cb"] });
    });

    test.each([
      exact,
      CALLBACK,
      "http://127.0.0.1/callback",
      "http://127.0.0.1:65535/callback",
      "http://localhost:1234/cb",
    ])("%s is accepted", async (uri) => {
      const { url } = await ask(door, strict, { redirect_uri: uri });
      expect((await newBrowser().go(url)).status).toBe(200);
    });

    test.each([
      "https://APP.example/cb?x=1",
      "HTTPS://app.example/cb?x=1",
      "https://app.example/CB?x=1",
      "https://app.example:443/cb?x=1",
      "https://app.example:8443/cb?x=1",
      "https://app.example/cb",
      "https://app.example/cb?x=1&y=2",
      "https://app.example/cb/../cb?x=1",
      "https://app.example/%63b?x=1",
      "https://app.example/cb?x=1#f",
      "https://app.example/cb?x=1/evil",
      "https://app.example@evil.example/cb?x=1",
      "https://user@app.example/cb?x=1",
      "https://app.example.evil.example/cb?x=1",
      "http://app.example/cb?x=1",
      "http://127.0.0.1:4711/callback/",
      "http://127.0.0.1:4711/callback?x",
      "http://127.0.0.1:4711/other",
      "http://localhost:4711/callback",
      "http://127.0.0.1/cb",
      "http://[::1]:4711/callback",
      "http://127.0.0.1.evil.example/callback",
      "http://localhost.evil.example/cb",
      "http://127.0.0.1:4711@evil.example/callback",
      "http://127.1:4711/callback",
      "http://127.0.0.1:99999/callback",
      "https://127.0.0.1:4711/callback",
      "javascript:alert(1)",
      "//evil.example",
      "",
    ])("%s is refused with a page, without a redirect", async (uri) => {
      expect(await leadsTo({ client_id: strict, redirect_uri: uri })).toEqual({ page: 400 });
    });

    test("that is sent twice causes no redirect", async () => {
      expect(await leadsTo({}, "&redirect_uri=https://evil.example")).toEqual({ page: 400 });
    });
  });

  describe("no open redirect:", () => {
    test("an unknown client causes none, whatever else it sends", async () => {
      for (const id of ["nobody", "https://elsewhere.example/client.json", `${door.documents.url}/missing.json`])
        expect(
          await leadsTo({ client_id: id, response_type: "nonsense", redirect_uri: "https://evil.example/" }),
        ).toEqual({
          page: 400,
        });
    });

    test("a client that describes itself causes none before the person has consented", async () => {
      const answer = await fetch(`${door.url}/oauth/register`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ client_name: "Evil", redirect_uris: ["https://evil.example/cb"] }),
      });
      expect(answer.status).toBe(201);
      const { client_id: id } = (await answer.json()) as { client_id: string };
      const change = { client_id: id, redirect_uri: "https://evil.example/cb" };
      expect(await leadsTo({ ...change, scope: "nonsense" })).toEqual({ page: 400 });
      // After they were asked it hears what they say.
      const browser = newBrowser();
      const asking = await ask(door, id, change);
      const page = await browser.go(asking.url);
      expect(page.text).toContain("no one: it has chosen this name itself");
      expect(broughtBy(await browser.send(page, "/oauth/authorize", { decision: "deny" }))).toMatchObject({
        error: "access_denied",
      });
    });

    test("the provider's answer returns a browser only to where it was sent from", async () => {
      const browser = newBrowser();
      const page = await browser.go(`${door.url}/oauth/callback?code=x&state=y&to=https://evil.example`);
      expect(page.status).toBe(401);
      expect(page.url.origin).toBe(door.url);
    });
  });
}
