/** People sign in and let clients act for them: what they are shown, what clients get, and what they can take back. */
import { createHash } from "node:crypto";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chainFetch, delegate, dpopProof, newKey, type PrivateKey, publicPart } from "../../sdk/client.ts";
import type { LedgerEntry } from "../../worker/ledger/entry.ts";
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
import { ADMIN_TOKEN } from "./harness.ts";
import { SECRET } from "./oauth.ts";

let door: Door;
beforeAll(async () => {
  door = await startDoor();
});
afterAll(() => door.stop());

test("a person is asked once, on one page, and the client gets a token for this route", async () => {
  const client = publish(door, "/helper.json");
  const asking = await ask(door, client);
  const browser = newBrowser();
  const page = await browser.go(asking.url);
  expect(page.status).toBe(200);
  for (const part of [
    "Order Helper",
    door.documents.host,
    "127.0.0.1:4711",
    door.mcp,
    "Read your orders",
    "8 hours",
    "Alice",
  ])
    expect(page.text).toContain(part);
  expect(page.text).toContain("The gateway cannot tell that this is really Order Helper");
  expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  expect(page.headers.get("x-frame-options")).toBe("DENY");
  expect(page.headers.get("cache-control")).toBe("no-store");

  const back = await allow(browser, page);
  const { code, state, iss } = broughtBy(back);
  expect([state, iss]).toEqual([asking.state, door.url]);
  const tokens = await tokensOf(await redeem(door, asking, code as string));
  expect(tokens).toMatchObject({ token_type: "Bearer", scope: "orders:read" });
  expect(tokens.expires_in).toBeLessThanOrEqual(300);
  expect(decodeJwt(tokens.access_token)).toMatchObject({
    iss: door.url,
    sub: "alice",
    sub_id: { format: "iss_sub", iss: door.company.issuer, sub: "alice" },
    aud: door.mcp,
    client_id: client,
    act: { sub: client, iss: `told by ${door.url}` },
    act_proof: ["told"],
    max_hops: 0,
    tctx: { purpose: "consent/mcp" },
    purpose_by: { iss: door.url, sub: door.url },
  });

  const answer = await callTool(door.mcp, tokens.access_token);
  expect(answer.status).toBe(200);
  const told = JSON.stringify(await answer.json());
  expect(told).toContain(door.company.issuer);
  expect(told).not.toContain(tokens.access_token);
});

test("a person's consent is the first entry of its task, whose ledger records every token issued under it", async () => {
  const client = publish(door, "/recorded.json");
  const asking = await ask(door, client);
  const tokens = await tokensOf(await redeem(door, asking, await codeFor(newBrowser(), asking)));
  const { txn, jti } = decodeJwt(tokens.access_token) as { txn: string; jti: string };
  const renewed = await tokensOf(await renew(door, client, tokens.refresh_token));
  const answer = await fetch(`${door.url}/admin/audit/${txn}`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
  const { entries } = (await answer.json()) as { entries: LedgerEntry[] };
  const issued = { act: "issued", by: { iss: `told by ${door.url}`, sub: client } };
  const about = {
    client,
    subject: { iss: door.company.issuer, sub: "alice" },
    audience: door.mcp,
    scope: "orders:read",
  };
  expect(entries.map(({ record }) => JSON.parse(record))).toMatchObject([
    { act: "consented", by: { sub: "alice" }, about: { client, resource: door.mcp, scopes: ["orders:read"] } },
    { ...issued, about: { ...about, jti, grant: "authorization_code" } },
    { ...issued, about: { ...about, jti: decodeJwt(renewed.access_token).jti, grant: "refresh_token" } },
  ]);
  const all = JSON.stringify(entries);
  for (const secret of [tokens.access_token, tokens.refresh_token, renewed.access_token])
    expect(all).not.toContain(secret);
});

describe("tokens", () => {
  test("are renewed, and each refresh token is accepted once", async () => {
    const asking = await ask(door, publish(door, "/renewing.json"), { scope: "orders:read refunds:write" });
    const code = await codeFor(newBrowser(), asking, ["orders:read", "refunds:write"]);
    const first = await tokensOf(await redeem(door, asking, code));
    const second = await tokensOf(await renew(door, asking.client, first.refresh_token, { scope: "orders:read" }));
    expect(second.scope).toBe("orders:read");
    const third = await tokensOf(await renew(door, asking.client, second.refresh_token));
    expect(third.scope).toBe("orders:read refunds:write");
    const txns = [first, second, third].map(({ access_token: token }) => decodeJwt(token)["txn"]);
    expect(new Set(txns).size).toBe(1);
  });

  test("of a client with a credential, and of one with an https address as its id, have a proven name", async () => {
    const redirect = "https://127.0.0.1:4712/back";
    const client = publish(door, "/hosted.json", { redirect_uris: [redirect] });
    const asking = await ask(door, client, { redirect_uri: redirect });
    const browser = newBrowser();
    const page = await browser.go(asking.url);
    expect(page.text).not.toContain("cannot tell");
    const { code } = broughtBy(await allow(browser, page));
    const { access_token: token } = await tokensOf(
      await redeem(door, asking, code as string, { redirect_uri: redirect }),
    );
    expect(decodeJwt(token)).toMatchObject({ act_proof: ["published"], act: { sub: client } });
    expect((decodeJwt(token)["act"] as { iss: string }).iss).not.toContain("told");
  });

  test("have no scope that the person has left out", async () => {
    const asking = await ask(door, publish(door, "/less.json"), { scope: "orders:read refunds:write" });
    const code = await codeFor(newBrowser(), asking, ["orders:read"]);
    const tokens = await tokensOf(await redeem(door, asking, code));
    expect(tokens.scope).toBe("orders:read");
    expect((await renew(door, asking.client, tokens.refresh_token, { scope: "refunds:write" })).status).toBe(400);
    // Step-up: the answer names what the tool takes.
    const refused = await callTool(door.mcp, tokens.access_token, { name: "refund_order" });
    expect(refused.status).toBe(403);
    expect(refused.headers.get("www-authenticate")).toMatch(
      /^Bearer error="insufficient_scope", .*scope="refunds:write", resource_metadata="[^"]+"/,
    );
  });
});

test("a step-up is passed to the provider, and the client is told if it is not met", async () => {
  const asking = await ask(door, publish(door, "/step-up.json"), { acr_values: "urn:acme:mfa", max_age: "300" });
  const answer = await fetch(asking.url, { redirect: "manual" });
  const { searchParams } = new URL(answer.headers.get("location") as string);
  expect([searchParams.get("acr_values"), searchParams.get("max_age")]).toEqual(["urn:acme:mfa", "300"]);
  const back = await newBrowser().go(asking.url);
  expect(broughtBy(back)).toMatchObject({ error: "unmet_authentication_requirements", iss: door.url });
  const fresh = await ask(door, asking.client, { max_age: "300" });
  expect((await newBrowser().go(fresh.url)).text).toContain("wants to act for you");
});

test("a person who denies sends the client an answer that says so", async () => {
  const asking = await ask(door, publish(door, "/denied.json"));
  const browser = newBrowser();
  const page = await browser.go(asking.url);
  const back = await browser.send(page, "/oauth/authorize", { decision: "deny" });
  expect(broughtBy(back)).toMatchObject({ error: "access_denied", iss: door.url, state: asking.state });
});

test("/me shows a person what acts for them, and ends it", async () => {
  const client = publish(door, "/mine.json", { client_name: "Mine Alone" });
  const asking = await ask(door, client);
  door.company.person = "mia";
  const browser = newBrowser();
  const tokens = await tokensOf(await redeem(door, asking, await codeFor(browser, asking)));
  door.company.person = "alice";
  const page = await browser.go(`${door.url}/me`);
  expect(page.text).toContain("Mine Alone");
  expect(page.text).not.toContain("Order Helper");
  expect((await callTool(door.mcp, tokens.access_token)).status).toBe(200);
  // Another person has no say in it.
  const id = /name="id" value="([^"]+)"/.exec(page.text)?.[1] as string;
  const other = newBrowser();
  const theirs = await other.go(`${door.url}/me`);
  expect((await other.send(theirs, "/me/end", { id })).status).toBe(404);
  expect((await callTool(door.mcp, tokens.access_token)).status).toBe(200);

  const after = await browser.send(page, "/me/end", { id });
  expect(after.text).not.toContain("Mine Alone");
  expect((await callTool(door.mcp, tokens.access_token)).status).toBe(401);
  expect(await (await renew(door, client, tokens.refresh_token)).json()).toMatchObject({ error: "invalid_grant" });
});

test("a client can revoke its own tokens", async () => {
  const asking = await ask(door, publish(door, "/giving-back.json"));
  const tokens = await tokensOf(await redeem(door, asking, await codeFor(newBrowser(), asking)));
  const revoke = (client: string) =>
    fetch(`${door.url}/oauth/revoke`, {
      method: "POST",
      body: new URLSearchParams({ client_id: client, token: tokens.refresh_token }),
    });
  expect((await revoke(publish(door, "/not-its-own.json"))).status).toBe(401);
  expect((await callTool(door.mcp, tokens.access_token)).status).toBe(200);
  expect((await revoke(asking.client)).status).toBe(200);
  expect((await callTool(door.mcp, tokens.access_token)).status).toBe(401);
  expect((await revoke(asking.client)).status).toBe(200);
});

describe("a client with a key", () => {
  /** A request to the token endpoint with a proof, and with the nonce that the server asks for. */
  async function withProof(key: PrivateKey, send: (headers: Record<string, string>) => Promise<Response>) {
    const url = `${door.url}/oauth/token`;
    let nonce: string | undefined;
    for (let turn = 0; ; turn++) {
      const answer = await send({ dpop: await dpopProof({ key, method: "POST", url, ...(nonce && { nonce }) }) });
      nonce = answer.headers.get("dpop-nonce") ?? undefined;
      if (turn > 0 || answer.status !== 400) return answer;
    }
  }

  test("delegates on, and renews with this key alone", async () => {
    const [key, other, childKey] = [await newKey(), await newKey(), await newKey()];
    const asking = await ask(door, publish(door, "/bound.json"), { dpop_jkt: key.kid });
    const code = await codeFor(newBrowser(), asking);
    const tokens = await tokensOf(await withProof(key, (headers) => redeem(door, asking, code, {}, headers)));
    expect(tokens.token_type).toBe("DPoP");
    expect(decodeJwt(tokens.access_token)).toMatchObject({ cnf: { jkt: key.kid }, max_hops: 3 });
    const chain = await delegate(tokens.access_token, {
      key,
      to: `${asking.client}/sub-agent`,
      toKey: publicPart(childKey),
      scopes: ["orders:read"],
    });
    const message = {
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "get_order", arguments: { order: "1" } },
    };
    const answer = await chainFetch({ chain, key: childKey })(door.mcp, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
      body: JSON.stringify(message),
    });
    expect(answer.status, await answer.clone().text()).toBe(200);
    expect(await answer.text()).toContain("sub-agent");

    const refresh = (by: PrivateKey | undefined) =>
      by === undefined
        ? renew(door, asking.client, tokens.refresh_token)
        : withProof(by, (headers) => renew(door, asking.client, tokens.refresh_token, {}, headers));
    for (const by of [undefined, other])
      expect(await (await refresh(by)).json()).toMatchObject({ error: "invalid_dpop_proof" });
    expect((await tokensOf(await refresh(key))).token_type).toBe("DPoP");
  });

  test("cannot add to the context that the person allowed, when the token is exchanged", async () => {
    const key = await newKey();
    const credential = { client_secret: SECRET };
    const registered = await fetch(`${door.url}/admin/clients/exchanging`, {
      method: "PUT",
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      body: JSON.stringify({
        client_id: "exchanging",
        actor: "https://exchanging.example",
        auth_method: "client_secret_post",
        secret_hashes: [createHash("sha256").update(SECRET).digest("base64url")],
        grants: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:token-exchange"],
        redirect_uris: [CALLBACK],
        audiences: [door.mcp, door.url],
        scopes: ["orders:read"],
        owner: "tests",
        purpose: "tests",
      }),
    });
    expect(registered.status, await registered.text()).toBe(200);
    const asking = await ask(door, "exchanging", { dpop_jkt: key.kid });
    const code = await codeFor(newBrowser(), asking);
    const tokens = await tokensOf(await withProof(key, (headers) => redeem(door, asking, code, credential, headers)));
    const exchangeWith = (details: object): Promise<Response> => {
      const form = {
        grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
        client_id: "exchanging",
        ...credential,
        subject_token: tokens.access_token,
        subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
        resource: door.url,
        request_details: JSON.stringify(details),
      };
      const request = { method: "POST", body: new URLSearchParams(form) };
      return withProof(key, (headers) => fetch(`${door.url}/oauth/token`, { ...request, headers }));
    };
    for (const details of [
      { approved_by: "cfo" },
      { purpose: "payouts" },
      { purpose: "consent/mcp", limit: 1_000_000 },
    ])
      expect(await (await exchangeWith(details)).json()).toMatchObject({
        error: "invalid_request",
        rule: "task_context_changed",
      });
    const narrowed = (await (await exchangeWith({ purpose: "consent/mcp/order" })).json()) as { access_token: string };
    expect(decodeJwt(narrowed.access_token)["tctx"]).toEqual({ purpose: "consent/mcp/order" });
  });

  test("that is named for the code is the one that redeems it", async () => {
    const [key, thief] = [await newKey(), await newKey()];
    const asking = await ask(door, publish(door, "/bound-code.json"), { dpop_jkt: key.kid });
    const code = await codeFor(newBrowser(), asking);
    for (const by of [undefined, thief]) {
      const answer = await (by === undefined
        ? redeem(door, asking, code)
        : withProof(by, (headers) => redeem(door, asking, code, {}, headers)));
      expect(await answer.json()).toMatchObject({ error: "invalid_dpop_proof" });
    }
  });
});
