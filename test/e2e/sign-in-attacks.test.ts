/** Attacks on the front door, each by the way that its name says. */
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser } from "../../examples/browser.ts";
import { keyNamed } from "../vectors/craft.ts";
import {
  allow,
  ask,
  broughtBy,
  CALLBACK,
  callTool,
  codeFor,
  type Door,
  newBrowser,
  publish,
  redeem,
  renew,
  startDoor,
  tokensOf,
} from "./door.ts";
import { admin, refusalOf } from "./harness.ts";
import { register, SECRET } from "./oauth.ts";

let door: Door;
let client: string;
beforeAll(async () => {
  door = await startDoor();
  client = publish(door, "/client.json");
});
afterAll(() => door.stop());

const errorOf = async (answer: Response): Promise<unknown> => ((await answer.json()) as { error: string }).error;

/** Where a request to authorize leads at once: a page, or an answer to the client. */
async function leadsTo(
  change: Record<string, string | undefined>,
  extra = "",
): Promise<{ page: number; error?: string }> {
  const { url } = await ask(door, change["client_id"] ?? client, change);
  const answer = await fetch(url + extra, { redirect: "manual" });
  const location = answer.headers.get("location");
  if (location === null) return { page: answer.status };
  const { searchParams } = new URL(location);
  expect(searchParams.get("iss"), location).toBe(door.url);
  return { page: 0, error: searchParams.get("error") ?? "none" };
}

describe("mix-up", () => {
  test("every answer says whose it is, errors too, as the metadata announces", async () => {
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
  ])("with %s nobody is asked", async (_, change) => {
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
  test("is accepted once; if it is used again, what it gave is revoked", async () => {
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
  ])("that %s brings is burned", async (_, change) => {
    const asking = await ask(door, client);
    const code = await codeFor(newBrowser(), asking);
    expect(await errorOf(await redeem(door, asking, code, change()))).toBe("invalid_grant");
    expect(await errorOf(await redeem(door, asking, code))).toBe("invalid_grant");
  });

  test("of an attacker's sign-in does not fit the victim's verifier", async () => {
    const [victim, attacker] = [await ask(door, client), await ask(door, client)];
    const injected = await codeFor(newBrowser(), attacker);
    expect(await errorOf(await redeem(door, victim, injected))).toBe("invalid_grant");
  });

  test("that is made up is none", async () => {
    const asking = await ask(door, client);
    for (const code of ["x", `hg1.${"a".repeat(43)}.${"b".repeat(43)}`, `hg999.${"a".repeat(43)}.${"b".repeat(43)}`])
      expect(await errorOf(await redeem(door, asking, code))).toBe("invalid_grant");
  });
});

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

  test("acts in no token of a grant that it was given, whatever its client is called now", async () => {
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
  ])("%s is the client's", async (uri) => {
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
  ])("%s is not: a page, never a redirect", async (uri) => {
    expect(await leadsTo({ client_id: strict, redirect_uri: uri })).toEqual({ page: 400 });
  });

  test("that stands twice leads nowhere", async () => {
    expect(await leadsTo({}, "&redirect_uri=https://evil.example")).toEqual({ page: 400 });
  });
});

describe("open redirect", () => {
  test("an unknown client, whatever else it asks, causes no redirect", async () => {
    for (const id of ["nobody", "https://elsewhere.example/client.json", `${door.documents.url}/missing.json`])
      expect(
        await leadsTo({ client_id: id, response_type: "nonsense", redirect_uri: "https://evil.example/" }),
      ).toEqual({
        page: 400,
      });
  });

  test("a client that describes itself redirects nobody before they have consented", async () => {
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
    expect(page.text).toContain("nobody: it has given itself this name");
    expect(broughtBy(await browser.send(page, "/oauth/authorize", { decision: "deny" }))).toMatchObject({
      error: "access_denied",
    });
  });

  test("the way back from the provider leads only where this browser was sent from", async () => {
    const browser = newBrowser();
    const page = await browser.go(`${door.url}/oauth/callback?code=x&state=y&to=https://evil.example`);
    expect(page.status).toBe(401);
    expect(page.url.origin).toBe(door.url);
  });
});

describe("consent", () => {
  test("is asked of everybody, also of those who have allowed the same before", async () => {
    const browser = newBrowser();
    await codeFor(browser, await ask(door, client));
    const again = await browser.go((await ask(door, client)).url);
    expect(again.status).toBe(200);
    expect(again.text).toContain("wants to act for you");
  });

  test("without a form of this session is none", async () => {
    const asking = await ask(door, client);
    const [alice, mallory] = [newBrowser(), newBrowser()];
    const page = await alice.go(asking.url);
    const theirs = await mallory.go(asking.url);
    const token = /name="token" value="([^"]+)"/.exec(theirs.text)?.[1] as string;
    for (const change of [{ token }, { token: "" }, { token: "a.b" }]) {
      const answer = await alice.send(page, "/oauth/authorize", { decision: "allow", scope: "orders:read", ...change });
      expect(answer.status).toBe(403);
    }
  });

  test("of one client is not good for another, nor for more", async () => {
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

  test("is given once: the same form again gives nothing", async () => {
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

  test("is asked in no frame, and the answer is read by no page of another site", async () => {
    const { url } = await ask(door, client);
    const browser = newBrowser();
    const page = await browser.go(url);
    expect(page.headers.get("content-security-policy")).toMatch(/frame-ancestors 'none'/);
    expect(page.headers.get("x-frame-options")).toBe("DENY");
    const crossed = await fetch(url, { headers: { origin: "https://evil.example" }, redirect: "manual" });
    expect(crossed.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("does not come back by the answer of a sign-in that another browser began", async () => {
    const [victim, attacker] = [newBrowser(), newBrowser()];
    // The attacker stops at the way back, and has the victim go on with it.
    const begun = await fetch((await ask(door, client)).url, { redirect: "manual" });
    expect(begun.status).toBe(303);
    const sent = new URL(begun.headers.get("location") as string);
    const state = sent.searchParams.get("state") as string;
    const page = await victim.go(`${door.url}/oauth/callback?code=attackers&state=${state}&iss=${door.company.issuer}`);
    expect(page.status).toBe(401);
    expect((await attacker.go(`${door.url}/oauth/callback?code=x&state=${state}`)).status).toBe(401);
  });

  test("is asked of nobody by a sign-in that comes back again, whoever kept its cookie", async () => {
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

  test("what a client is called is shown as text", async () => {
    const id = publish(door, "/markup.json", { client_name: '<img src=x onerror="alert(1)">' });
    const page = await newBrowser().go((await ask(door, id)).url);
    expect(page.text).toContain("&lt;img src=x");
    expect(page.text).not.toContain("<img");
  });
});

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
    ["with an address of plain http", () => publish(door, "/http.json", { redirect_uris: ["http://app.example/cb"] })],
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
  ])("at %s is not asked for", async (id) => {
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

  test("that never comes is not waited for", async () => {
    door.documents.answers.set("/slow.json", (response) => void response.writeHead(200, json).write("{"));
    expect(await asks(`${door.documents.url}/slow.json`)).toBe(503);
  });

  test("is asked for once, however many ask, and not again while it may be kept", async () => {
    const id = publish(door, "/kept.json", {}, { "cache-control": "max-age=600" });
    await Promise.all(Array.from({ length: 5 }, () => asks(id)));
    expect(door.documents.asked.get("/kept.json")).toBe(1);
  });

  test("that changes while a person looks is asked about again: what they allow is what they saw", async () => {
    const other = await startDoor();
    try {
      const id = publish(other, "/changing.json", { client_name: "Before" });
      const asking = await ask(other, id);
      const browser = newBrowser();
      const page = await browser.go(asking.url);
      expect(page.text).toContain("Before");
      // Registered here under the same id, it is another client from now on: what an isolate has kept of the document is not asked.
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

  test("of the provider is none here", async () => {
    expect((await callTool(door.mcp, "an-access-token-of-the-provider")).status).toBe(401);
  });

  test("without a key begins no chain: nothing is exchanged for it", async () => {
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
    expect(((await answer.json()) as { error_description: string }).error_description).toContain("it is a leaf");
    expect(await refusalOf(await callTool(door.mcp, `${tokens.access_token}~${tokens.access_token}`))).toMatchObject({
      status: 401,
    });
  });

  test("without a key is not issued for a route that takes none", async () => {
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

  test("that is used again ends everything that came of it", async () => {
    const first = await issued();
    const second = await tokensOf(await renew(door, client, first.refresh_token));
    expect((await callTool(door.mcp, second.access_token)).status).toBe(200);
    expect(await errorOf(await renew(door, client, first.refresh_token))).toBe("invalid_grant");
    expect(await errorOf(await renew(door, client, second.refresh_token))).toBe("invalid_grant");
    expect((await callTool(door.mcp, second.access_token)).status).toBe(401);
  });

  test("however long ago it was used", async () => {
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
  ])("gives nothing for %s", async (_, change, error) => {
    const { refresh_token: token } = await issued();
    expect(await errorOf(await renew(door, client, token, change()))).toBe(error);
    expect((await renew(door, client, token)).status).toBe(200);
  });

  test("gives nothing once the person was revoked", async () => {
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

describe("a failure during a sign-in", () => {
  test("a provider that fails in the middle leaves nothing half done", async () => {
    door.company.down = true;
    const browser = newBrowser();
    const page = await browser.go((await ask(door, client)).url);
    door.company.down = false;
    expect(page.status).toBe(503);
    expect(browser.cookies.get(new URL(door.url).host)?.size ?? 0).toBe(0);
    expect((await browser.go((await ask(door, client)).url)).status).toBe(200);
  });

  test("what is asked for and is not there is told to the client, with whose answer it is", async () => {
    expect(await leadsTo({ resource: undefined })).toEqual({ page: 0, error: "invalid_target" });
    expect(await leadsTo({ resource: door.url })).toEqual({ page: 0, error: "invalid_target" });
    expect(await leadsTo({ resource: `${door.url}/orders` })).toEqual({ page: 0, error: "invalid_target" });
    expect(await leadsTo({ resource: "https://elsewhere.example/mcp" })).toEqual({ page: 0, error: "invalid_target" });
    expect(await leadsTo({ scope: "nonsense" })).toEqual({ page: 0, error: "invalid_scope" });
  });
});
