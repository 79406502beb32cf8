/** Documents by which clients describe themselves. */
import { describe, expect, test } from "vitest";
import { allow, ask, CALLBACK, newBrowser, publish, startDoor } from "../door.ts";
import { door } from "./given.ts";

export function testDocuments(): void {
  describe("a client's document", () => {
    const asks = async (id: string): Promise<number> => (await newBrowser().go((await ask(door, id)).url)).status;
    const raw = (path: string, headers: Record<string, string>, body: string, status = 200): string => {
      door.documents.answers.set(path, (response) => response.writeHead(status, headers).end(body));
      return door.documents.url + path;
    };
    const json = { "content-type": "application/json" };

    test.each<[string, () => string]>([
      ["that is another's", () => publish(door, "/other-id.json", { client_id: `${door.documents.url}/client.json` })],
      ["that holds a secret", () => publish(door, "/secret.json", { client_secret: "s" })],
      [
        "that authenticates by a secret",
        () => publish(door, "/basic.json", { token_endpoint_auth_method: "client_secret_basic" }),
      ],
      ["that holds a private key", () => publish(door, "/private.json", { jwks: { keys: [{ kty: "OKP", d: "x" }] } })],
      ["without addresses", () => publish(door, "/none.json", { redirect_uris: [] })],
      [
        "with an address of plain http",
        () => publish(door, "/http.json", { redirect_uris: ["http://app.example/cb"] }),
      ],
      [
        "with an address of another scheme",
        () => publish(door, "/script.json", { redirect_uris: ["javascript:alert(1)"] }),
      ],
      ["with a name that hides its end", () => publish(door, "/bidi.json", { client_name: "Order‮repleH" })],
      ["that is huge", () => publish(door, "/huge.json", { padding: "x".repeat(6_000) })],
      ["that is no JSON", () => raw("/text.json", { "content-type": "text/html" }, "<p>")],
      ["that is broken", () => raw("/broken.json", json, "{")],
      ["that is elsewhere", () => raw("/moved.json", { location: `${door.documents.url}/client.json` }, "", 302)],
      ["that is missing", () => `${door.documents.url}/nothing.json`],
    ])("%s is none", async (_, make) => {
      expect(await asks(make())).toBe(400);
    });

    test.each([
      "http://169.254.169.254/latest/meta-data",
      "https://10.0.0.1/client.json",
      "https://[::1]/client.json",
      "https://[::ffff:127.0.0.1]/client.json",
      "https://localhost/client.json",
      "https://2130706433/client.json",
      "https://0x7f.1/client.json",
      "https://internal.acme.example/client.json",
    ])("at %s is not fetched", async (id) => {
      expect(await asks(id)).toBe(400);
    });

    test.each(["/client.json?x", "/client.json#x", "/a/../client.json", "/%2e/client.json", "//client.json", "/"])(
      "whose address ends in `%s` is not this client's",
      async (path) => {
        const before = [...door.documents.asked.values()].reduce((sum, each) => sum + each, 0);
        const status = await asks(door.documents.url + path);
        expect(status).toBe(400);
        if (path !== "//client.json")
          expect([...door.documents.asked.values()].reduce((sum, each) => sum + each, 0)).toBe(before);
      },
    );

    test("that is not answered in time leads to an error page", async () => {
      door.documents.answers.set("/slow.json", (response) => void response.writeHead(200, json).write("{"));
      expect(await asks(`${door.documents.url}/slow.json`)).toBe(503);
    });

    test("is fetched once for any number of requests, and not again while it may be cached", async () => {
      const id = publish(door, "/kept.json", {}, { "cache-control": "max-age=600" });
      await Promise.all(Array.from({ length: 5 }, () => asks(id)));
      expect(door.documents.asked.get("/kept.json")).toBe(1);
    });

    test("that changes while a person reads it is shown again, so that they allow what they have read", async () => {
      const other = await startDoor();
      try {
        const id = publish(other, "/changing.json", { client_name: "Before" });
        const asking = await ask(other, id);
        const browser = newBrowser();
        const page = await browser.go(asking.url);
        expect(page.text).toContain("Before");
        // Registered here under the same id, it is another client from now on: what an isolate has kept of the document
        // is not asked.
        const registered = await fetch(`${other.url}/admin/clients/${encodeURIComponent(id)}`, {
          method: "PUT",
          headers: { authorization: "Bearer test-admin-token" },
          body: JSON.stringify({
            client_id: id,
            client_name: "After",
            actor: "https://after.example",
            auth_method: "none",
            grants: ["authorization_code", "refresh_token"],
            redirect_uris: [CALLBACK],
            audiences: [other.mcp],
            scopes: ["orders:read"],
            owner: "tests",
            purpose: "tests",
          }),
        });
        expect(registered.status).toBe(200);
        expect((await allow(browser, page)).status).toBe(403);
        expect((await browser.go(asking.url)).text).toContain("After");
      } finally {
        await other.stop();
      }
    });
  });
}
