/** Security events from a trusted transmitter (RFC 8417, 8935; CAEP): what they end, and what is refused. */

import { importJWK, SignJWT } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { CAST, hashOf, keyNamed } from "../vectors/craft.ts";
import { ADMIN_TOKEN, call, chainNow, latestIat, nowSeconds, refusalOf, type World } from "./harness.ts";
import { ownActs } from "./own-acts.ts";
import { ALONE } from "./raw.ts";
import { sharedWorld } from "./shared-world.ts";

const SESSION_REVOKED = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
const CREDENTIAL_CHANGE = "https://schemas.openid.net/secevent/caep/event-type/credential-change";
const TRANSMITTER = "https://signals.acme.example";

let world: World;
beforeAll(async () => {
  world = await sharedWorld();
});

interface Change {
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
  readonly signedBy?: string;
}

async function set(
  events: Record<string, unknown>,
  { header, claims, signedBy = "idp" }: Change = {},
): Promise<string> {
  const key = await keyNamed(signedBy);
  const jwk = { ...key.jwk, d: Buffer.from(key.seed).toString("base64url") };
  return new SignJWT({
    iss: TRANSMITTER,
    aud: CAST.gateway,
    jti: crypto.randomUUID(),
    iat: nowSeconds(),
    events,
    ...claims,
  })
    .setProtectedHeader({ alg: "EdDSA", typ: "secevent+jwt", kid: "idp-1", ...header })
    .sign(await importJWK(jwk, "EdDSA"));
}

async function push(
  token: string,
  type = "application/secevent+jwt",
  more: Record<string, string> = {},
): Promise<{ status: number; err?: string }> {
  const headers = { "content-type": type, ...more };
  const answer = await fetch(`${world.url}/events`, { method: "POST", headers, body: token });
  return { status: answer.status, ...(answer.status === 202 ? {} : ((await answer.json()) as { err: string })) };
}

/** What is revoked here is of this file's own people. */
const nameOf = (sub: string): string => `${sub} of security events`;
const subjectOf = (sub: string) => ({ format: "iss_sub", iss: CAST.issuer, sub: nameOf(sub) });
const chainFor = (sub: string, claims: Record<string, unknown> = {}): Promise<string> =>
  chainNow({ 0: { claims: { sub: nameOf(sub), txn: `task-${crypto.randomUUID()}`, ...claims } } });
const statusOf = async (chain: string): Promise<number> => (await call(world, { chain })).status;

describe("session-revoked", () => {
  test("of a subject revokes everything that was issued before, and nothing that is issued later", async () => {
    const chain = await chainFor("bob");
    expect(await statusOf(chain)).toBe(200);
    expect(
      await push(await set({ [SESSION_REVOKED]: { subject: subjectOf("bob"), event_timestamp: nowSeconds() } })),
    ).toEqual({
      status: 202,
    });
    expect((await refusalOf(await call(world, { chain }))).description).toContain("(revoked)");
    expect(await statusOf(await chainFor("carol"))).toBe(200);
    // A person who signs in again after the event may go on: `iat` later than the event and the skew.
    const again = async (): Promise<number> => statusOf(await chainFor("bob", { iat: latestIat() }));
    await expect.poll(again, { interval: 250 }).toBe(200);
  });

  test("of one session leaves the subject's others", async () => {
    const [one, two] = [await chainFor("dave", { sid: "events-1" }), await chainFor("dave", { sid: "events-2" })];
    const subject = { user: subjectOf("dave"), session: { format: "opaque", id: "events-1" } };
    expect((await push(await set({ [SESSION_REVOKED]: { subject } }))).status).toBe(202);
    expect([await statusOf(one), await statusOf(two)]).toEqual([401, 200]);
  });

  test("revokes a token that was exchanged from the session's", async () => {
    const root = await chainFor("erin", { aud: "exchanger", cnf: undefined });
    const secret = "s".repeat(32);
    await fetch(`${world.url}/admin/clients/exchanger`, {
      method: "PUT",
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      body: JSON.stringify({
        client_id: "exchanger",
        actor: "https://exchanger.acme.example",
        auth_method: "client_secret_post",
        secret_hashes: [hashOf(secret)],
        grants: ["urn:ietf:params:oauth:grant-type:token-exchange"],
        audiences: ["https://gateway.acme.example/orders"],
        aliases: ["exchanger"],
        scopes: ["orders:read"],
        owner: "test",
        purpose: "test",
      }),
    });
    const form = (token: string): URLSearchParams =>
      new URLSearchParams({ client_id: "exchanger", client_secret: secret, token });
    const exchange = form("");
    exchange.set("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");
    exchange.set("subject_token", root.split("~")[0] as string);
    exchange.set("subject_token_type", "urn:ietf:params:oauth:token-type:access_token");
    exchange.set("audience", "https://gateway.acme.example/orders");
    const answer = await fetch(`${world.url}/oauth/token`, { method: "POST", body: exchange });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    const active = async (): Promise<boolean> => {
      const told = await fetch(`${world.url}/oauth/introspect`, { method: "POST", body: form(token) });
      return ((await told.json()) as { active: boolean }).active;
    };
    expect(await active()).toBe(true);
    expect((await push(await set({ [SESSION_REVOKED]: { subject: subjectOf("erin") } }))).status).toBe(202);
    expect(await active()).toBe(false);
  });

  test("is recorded in the ledger of the day, with its sender", async () => {
    const jti = crypto.randomUUID();
    await push(await set({ [SESSION_REVOKED]: { subject: subjectOf("frank") } }, { claims: { jti } }));
    const recorded = async (): Promise<unknown> => (await ownActs(world)).find(({ about }) => about["jti"] === jti);
    await expect.poll(recorded).toMatchObject({
      act: "revoked",
      by: { sub: TRANSMITTER },
      about: { effects: [{ kind: "subject", values: [CAST.issuer, nameOf("frank")] }] },
    });
  });
});

describe("credential-change", () => {
  const change = (change_type: string, sub: string) => ({
    [CREDENTIAL_CHANGE]: { subject: subjectOf(sub), change_type, credential_type: "password" },
  });
  test.each(["revoke", "update", "delete"])("%s revokes what was issued before", async (type) => {
    const sub = `gina-${type}`;
    const chain = await chainFor(sub);
    expect((await push(await set(change(type, sub)))).status).toBe(202);
    expect(await statusOf(chain)).toBe(401);
  });
  test("create revokes nothing", async () => {
    const chain = await chainFor("henry");
    expect((await push(await set(change("create", "henry")))).status).toBe(202);
    expect(await statusOf(chain)).toBe(200);
  });
});

test("an event of a type without meaning here is accepted, and nothing of its subject is revoked", async () => {
  const verification = "https://schemas.openid.net/secevent/ssf/event-type/verification";
  const chain = await chainFor("nina");
  const list = (await world.gateway.miniflare.getDurableObjectNamespace("REVOCATIONS")) as unknown as Revoked;
  const before = await list.getByName("global").latest(500);
  expect(before.length).toBeGreaterThan(0);
  expect((await push(await set({ [verification]: { state: "x", subject: subjectOf("nina") } }))).status).toBe(202);
  expect(await list.getByName("global").latest(500)).toEqual(before);
  expect(await statusOf(chain)).toBe(200);
  // The same subject, by an event that means something.
  expect((await push(await set({ [SESSION_REVOKED]: { subject: subjectOf("nina") } }))).status).toBe(202);
  expect(await statusOf(chain)).toBe(401);
});

/** The list of revocations, as the test looks at it from outside. */
interface Revoked {
  getByName(name: string): { latest(limit: number): Promise<object[]> };
}

test("the same event sent again revokes nothing more", async () => {
  const token = await set({ [SESSION_REVOKED]: { subject: subjectOf("ida") } });
  expect((await push(token)).status).toBe(202);
  let later = "";
  const again = async (): Promise<number> => {
    later = await chainFor("ida", { iat: latestIat() });
    return statusOf(later);
  };
  await expect.poll(again, { interval: 250 }).toBe(200);
  expect((await push(token)).status).toBe(202);
  expect(await statusOf(later)).toBe(200);
});

describe("an event is refused:", () => {
  const events = { [SESSION_REVOKED]: { subject: subjectOf("jack") } };
  const CASES: readonly [string, string, Record<string, unknown>, Change][] = [
    ["signed by another key", "invalid_key", events, { signedBy: "mallory" }],
    ["of an unknown transmitter", "invalid_issuer", events, { claims: { iss: "https://evil.example" } }],
    ["for another receiver", "invalid_audience", events, { claims: { aud: "https://other.example" } }],
    ["of another type", "invalid_request", events, { header: { typ: "at+jwt" } }],
    ["without a type", "invalid_request", events, { header: { typ: undefined } }],
    ["with no event", "invalid_request", {}, {}],
    ["without jti", "invalid_request", events, { claims: { jti: undefined } }],
    ["two days old", "invalid_request", events, { claims: { iat: nowSeconds() - 2 * 86_400 } }],
    ["from the future", "invalid_request", events, { claims: { iat: nowSeconds() + 600 } }],
    ["about nobody", "invalid_request", { [SESSION_REVOKED]: {} }, {}],
    [
      "about another issuer's subject",
      "invalid_request",
      { [SESSION_REVOKED]: { subject: { format: "iss_sub", iss: "https://login.acme.example", sub: "jack" } } },
      {},
    ],
  ];
  test.each(CASES)("%s", async (_, err, body, change) => {
    const chain = await chainFor("jack");
    expect(await push(await set(body, change))).toMatchObject({ status: 400, err });
    expect(await statusOf(chain)).toBe(200);
  });

  test("a body that is not a SET", async () => {
    expect(await push("garbage")).toMatchObject({ status: 400, err: "invalid_request" });
    expect(await push(await set(events), "application/json")).toMatchObject({ status: 400, err: "invalid_request" });
    expect(await push("x".repeat(70_000), undefined, ALONE)).toMatchObject({ status: 400, err: "invalid_request" });
  });

  test("a token of a chain", async () => {
    expect((await push((await chainFor("jack")).split("~")[0] as string)).status).toBe(400);
  });
});
