/** People's own accounts at a vendor: connected by who has signed in, used for their chains alone, renewed once, ended at once. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Browser, Page } from "../../examples/browser.ts";
import { freePort } from "../../local/free-port.ts";
import { CAST, keyNamed } from "../vectors/craft.ts";
import { type AccountVendor, OVER, startAccountVendor, VENDOR_CLIENT } from "./account-vendor.ts";
import { rootOf } from "./chains.ts";
import { ask, codeFor, type Door, newBrowser, publish, redeem, startDoor, tokensOf } from "./door.ts";
import { ADMIN_TOKEN, call, ledgerNow, refusalOf } from "./harness.ts";

let door: Door;
let vendor: AccountVendor;
let other: AccountVendor;
const log: string[] = [];

const VAULT_KEYS = JSON.stringify({ keys: [{ kty: "oct", kid: "one", k: "A".repeat(43) }] });

beforeAll(async () => {
  const port = await freePort();
  const callbacks = ["crm", "other"].map((name) => `http://127.0.0.1:${port}/me/connected/${name}`);
  [vendor, other] = await Promise.all([startAccountVendor(callbacks), startAccountVendor(callbacks)]);
  const route = (id: string, more: string): string => `
[[routes]]
id = "${id}"
api = "crm-api"
path = "/${id}"
upstream = "${vendor.url}/api"
audience = "https://${id}.vendor.example"
sensitivity = "low"
${more}
credential = { kind = "person", vendor = "crm" }
`;
  const of = (name: string, { url }: AccountVendor): string => `
[vendors.${name}]
issuer = "${url}"
title = "Acme CRM ${name}"
client_id = "${VENDOR_CLIENT.id}"
secret = "CRM_CLIENT_SECRET"
scope = ["crm", "offline_access"]
`;
  const idp = await keyNamed("idp");
  door = await startDoor({
    port,
    log: (line) => log.push(line),
    secrets: { CRM_CLIENT_SECRET: VENDOR_CLIENT.secret, VAULT_KEYS },
    policies: ["mine", "tools-of-mine"]
      .map((id) => `permit (principal, action, resource == Route::"${id}");`)
      .join("\n"),
    configure: ({ company }) => `
${of("crm", vendor)}${of("other", other)}
[[issuers]]
issuer = "${company.issuer}"
types = ["at+jwt"]
keys = [{ kty = "OKP", crv = "Ed25519", kid = "idp-1", x = "${idp.x}" }]
${route("mine", 'methods = { GET = { action = "crm:read", scopes = ["crm:read"] } }')}
${route(
  "tools-of-mine",
  `proof = ["dpop", "bearer"]
actors = "told"
methods = { POST = { action = "mcp:session", scopes = ["crm:read"] } }
tools = { whoami = { action = "crm:read", scopes = ["crm:read"] } }`,
)}`,
  });
});
afterAll(async () => {
  await Promise.all([door?.stop(), vendor?.stop(), other?.stop()]);
});
beforeEach(() => {
  vendor.account = "alice-at-vendor";
  vendor.challenge = OVER;
  door.company.person = "alice";
});

/** A chain for somebody of the company, or of another issuer. */
function chainFor(sub: string, claims: Record<string, unknown> = {}): Promise<string> {
  return rootOf({ claims: { iss: door.company.issuer, aud: door.url, sub, scope: "crm:read", ...claims } });
}
async function read(sub: string, claims: Record<string, unknown> = {}): Promise<Response> {
  const chain = await chainFor(sub, claims);
  return call(door.world, { path: "/mine", chain, key: await keyNamed("app") });
}
async function connectUriOf(sub: string): Promise<string> {
  const { connect_uri: uri } = (await (await read(sub)).json()) as { connect_uri: string };
  return uri;
}
/** Presses the button, and goes where the vendor is. */
async function goOn(browser: Browser, page: Page, change: Record<string, string> = {}): Promise<URL> {
  const onward = await browser.send(page, page.url.pathname, change);
  const [, href] = /<a href="(http[^"]+)">Continue to/.exec(onward.text) ?? [];
  if (href === undefined) throw new Error(`${onward.status}: ${onward.text}`);
  expect(onward.headers.get("refresh")).toContain("0;url=");
  return new URL(href.replaceAll("&amp;", "&"));
}
async function connect(sub: string, account: string, browser = newBrowser()): Promise<Page> {
  door.company.person = sub;
  vendor.account = account;
  const page = await browser.go(`${door.url}/me/connect/crm`);
  return browser.go((await goOn(browser, page)).href);
}
const acts = async (): Promise<unknown[]> => {
  const entries = await ledgerNow(door, `gateway:${new Date().toISOString().slice(0, 10)}`);
  return entries.map(({ record }) => JSON.parse(record) as unknown);
};

describe("a person who has connected no account", () => {
  test("is told where, in the body and in the challenge; nothing reaches the vendor", async () => {
    const answer = await read("nora");
    expect(answer.status).toBe(403);
    const told = (await answer.clone().json()) as Record<string, string>;
    expect(told).toMatchObject({ error: "access_denied", rule: "account_unconnected", vendor: "crm" });
    expect(told["connect_uri"]).toMatch(new RegExp(`^${door.url}/me/connect/crm\\?for=[\\w-]{43}$`));
    expect(answer.headers.get("www-authenticate")).toContain(`connect_uri="${told["connect_uri"]}"`);
  });

  test("signs in, sees what it means, goes to the vendor and back, and the next request passes", async () => {
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

describe("an account is used only for its person", () => {
  beforeAll(() => connect("alice", "alice-at-vendor"));
  test("not for another subject of the same issuer", async () => {
    expect(await refusalOf(await read("bob"))).toMatchObject({ status: 403, rule: "account_unconnected" });
  });
  test.each<[string, boolean]>([
    ["another issuer", false],
    ["a partner who names them as ours", true],
  ])("not for somebody of the same name by %s", async (_, named) => {
    const { issuer: iss } = CAST;
    const subject = { format: "iss_sub", iss: door.company.issuer, sub: "alice" };
    const answer = await read("alice", { iss, ...(named && { sub_id: subject }) });
    expect(await refusalOf(answer)).toMatchObject({ status: 403, rule: "account_unconnected" });
  });
  test("not for a name that only begins like theirs", async () => {
    for (const sub of ["alice ", "Alice", `${door.company.issuer} alice`])
      expect(await refusalOf(await read(sub)), sub).toMatchObject({ rule: "account_unconnected" });
  });
});

describe("a link, a form or an answer in the wrong hands connects nothing", () => {
  test("a link that was made for somebody else", async () => {
    const link = await connectUriOf("victor");
    door.company.person = "mallory";
    const page = await newBrowser().go(link);
    expect([page.status, page.text]).toEqual([403, expect.stringContaining("made for somebody else")]);
    const changed = await newBrowser().go(link.replace(/for=./, "for=_"));
    expect(changed.status).toBe(403);
  });

  test("a form of another session, of another vendor, or sent twice", async () => {
    const [hers, his] = [newBrowser(), newBrowser()];
    door.company.person = "alice";
    const page = await hers.go(`${door.url}/me/connect/crm`);
    door.company.person = "mallory";
    await his.go(`${door.url}/me`);
    expect((await his.send(page, "/me/connect/crm", {})).status).toBe(403);
    expect((await hers.send(page, "/me/connect/other", {})).status).toBe(403);
    await goOn(hers, page);
    expect((await hers.send(page, "/me/connect/crm", {})).status).toBe(403);
    expect((await hers.send(page, "/me/connect/crm", {}, { origin: "https://evil.example" })).status).toBe(403);
  });

  /** The vendor's answer to a browser, before it is brought to the gateway. */
  async function answerFor(browser: Browser, sub: string, account: string, name = "crm"): Promise<URL> {
    door.company.person = sub;
    const at = name === "crm" ? vendor : other;
    at.account = account;
    const page = await browser.go(`${door.url}/me/connect/${name}`);
    const to = await goOn(browser, page);
    const stopping = newBrowser((url) => url.pathname.startsWith("/me/connected/"));
    const { url } = await stopping.go(to.href);
    return url;
  }

  test("an answer that another browser was sent for: the attacker's account is not bound to the victim", async () => {
    const [attackers, victims] = [newBrowser(), newBrowser()];
    const injected = await answerFor(attackers, "mallory", "mallory-at-vendor");
    door.company.person = "vera";
    await victims.go(`${door.url}/me`);
    expect((await victims.go(injected.href)).status).toBe(403);
    // Nor where the victim has begun to connect an account too.
    const own = await answerFor(victims, "vera", "vera-at-vendor");
    injected.searchParams.set("state", own.searchParams.get("state") as string);
    expect((await victims.go(injected.href)).status).toBe(403);
    expect(await refusalOf(await read("vera"))).toMatchObject({ rule: "account_unconnected" });
  });

  test("an answer that comes back a second time, or after the person has signed out", async () => {
    const browser = newBrowser();
    const answer = await answerFor(browser, "rita", "rita-at-vendor");
    const kept = structuredClone([...browser.cookies]);
    expect((await browser.go(answer.href)).url.pathname).toBe("/me");
    for (const [host, jar] of kept) browser.cookies.set(host, jar);
    expect((await browser.go(answer.href)).status).toBe(403);
    const later = newBrowser();
    const second = await answerFor(later, "sam", "sam-at-vendor");
    later.forget("hopgate_person");
    expect((await later.go(second.href)).status).toBe(403);
    expect(await refusalOf(await read("sam"))).toMatchObject({ rule: "account_unconnected" });
  });

  test("an answer of another vendor, or that says that it is another's", async () => {
    const browser = newBrowser();
    const answer = await answerFor(browser, "mona", "mona-at-other", "other");
    const mixed = new URL(answer.href.replace("/me/connected/other", "/me/connected/crm"));
    expect((await browser.go(mixed.href)).status).toBe(403);
    const again = await answerFor(browser, "mona", "mona-at-vendor");
    again.searchParams.set("iss", other.url);
    expect((await browser.go(again.href)).status).toBe(403);
    const without = await answerFor(browser, "mona", "mona-at-vendor");
    without.searchParams.delete("iss");
    expect((await browser.go(without.href)).status).toBe(403);
    expect(await refusalOf(await read("mona"))).toMatchObject({ rule: "account_unconnected" });
  });

  test("a person who says no at the vendor", async () => {
    const browser = newBrowser();
    const answer = await answerFor(browser, "nick", "nick-at-vendor");
    answer.searchParams.delete("code");
    answer.searchParams.set("error", "access_denied");
    expect((await browser.go(answer.href)).status).toBe(403);
  });
});

describe("tokens", () => {
  test("are renewed once for 64 requests at the same time, by a refresh token that is accepted once", async () => {
    await connect("alice", "alice-at-vendor");
    vendor.endTokens();
    const refused = await refusalOf(await read("alice"));
    expect(refused).toMatchObject({ status: 502, rule: "credential_refused" });
    const before = vendor.granted.get("refresh_token") ?? 0;
    const answers = await Promise.all(Array.from({ length: 64 }, () => read("alice")));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 64 }, () => 200));
    expect((vendor.granted.get("refresh_token") ?? 0) - before).toBe(1);
    // The one that took its place is good too.
    vendor.endTokens();
    await read("alice");
    expect((await read("alice")).status).toBe(200);
  });

  test.each([
    ["no challenge", undefined],
    ["no error", "Bearer"],
    ["another error", 'Bearer error="insufficient_scope"'],
    ["another scheme", 'Digest realm="crm", error="invalid_token"'],
    ["the error in a text", 'Bearer realm="error=invalid_token"'],
    ["two readings", 'Bearer error="invalid_token'],
  ])("and the account stay where the vendor answers 401 with %s, whoever has made it", async (_, challenge) => {
    await connect("alice", "alice-at-vendor");
    const before = vendor.granted.get("refresh_token") ?? 0;
    vendor.endTokens();
    vendor.challenge = challenge;
    for (let turn = 0; turn < 5; turn++)
      expect(await refusalOf(await read("alice"))).toMatchObject({ status: 502, rule: "credential_refused" });
    expect(vendor.granted.get("refresh_token") ?? 0).toBe(before);
    vendor.challenge = OVER;
    await read("alice");
    expect((await read("alice")).status).toBe(200);
  });

  test("are renewed five times a minute by what the vendor's API says, and the account stays", async () => {
    await connect("alice", "alice-at-vendor");
    const before = vendor.granted.get("refresh_token") ?? 0;
    for (let turn = 0; turn < 12; turn++) {
      vendor.endTokens();
      await read("alice");
    }
    expect((vendor.granted.get("refresh_token") ?? 0) - before).toBeLessThanOrEqual(5);
    expect(await refusalOf(await read("alice"))).toMatchObject({ rule: "credential_refused" });
    const told = log.filter((line) => line.includes("account_refused")).map((line) => JSON.parse(line) as object);
    expect(told.at(-1)).toMatchObject({ level: "warn", about: { vendor: "crm", renews: true } });
  });

  test("are not renewed while the vendor is down, and then again", async () => {
    await connect("alice", "alice-at-vendor");
    vendor.endTokens();
    await read("alice");
    vendor.down = true;
    const answer = await refusalOf(await read("alice")).finally(() => {
      vendor.down = false;
    });
    expect(answer).toMatchObject({ status: 503, rule: "credential_unavailable" });
    expect((await read("alice")).status).toBe(200);
  });

  test("that the vendor has ended lead to the page again", async () => {
    await connect("erin", "erin-at-vendor");
    vendor.endTokens();
    await vendor.endAccount("erin-at-vendor");
    await read("erin");
    expect(await refusalOf(await read("erin"))).toMatchObject({ status: 403, rule: "account_unconnected" });
  });

  test("are never returned, whatever the vendor answers, and are in no log and no ledger", async () => {
    await connect("alice", "alice-at-vendor");
    const answer = await read("alice");
    const told = (await answer.text()) + JSON.stringify([...answer.headers]);
    expect(told).toContain("alice-at-vendor");
    const audit = await fetch(
      `${door.url}/admin/decisions/${answer.headers.get("hop-decision")?.replaceAll('"', "")}`,
      {
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      },
    );
    const everything = told + (await audit.text()) + JSON.stringify(await acts()) + log.join("\n");
    expect(vendor.given.size).toBeGreaterThan(10);
    for (const token of [...vendor.given, VENDOR_CLIENT.secret])
      for (const form of [token, btoa(token), encodeURIComponent(token)]) expect(everything).not.toContain(form);
  });
});

test("an account that its owner disconnects at /me ends at once, here and at the vendor; others cannot end it", async () => {
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
