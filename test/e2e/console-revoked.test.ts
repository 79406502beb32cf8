/** Who is revoked is signed out of the console, whichever way they came in and they were revoked. */
import { importJWK, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signInToken, startSession } from "../../cli/people.ts";
import { CAST, keyNamed } from "../vectors/craft.ts";
import { ADMIN_TOKEN, admin, nowSeconds, startWorld, type World } from "./harness.ts";

const RISC = "https://schemas.openid.net/secevent/risc/event-type";
const CAEP = "https://schemas.openid.net/secevent/caep/event-type";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const remote = () => ({ gateway: world.url, adminToken: ADMIN_TOKEN });
const session = (name: string, issuer?: string): Promise<string> =>
  startSession(remote(), { name, groups: ["platform"], issuer });
const get = (path: string, headers: Record<string, string>): Promise<Response> =>
  fetch(world.url + path, { headers, redirect: "manual" });
const statusOf = async (secret: string): Promise<number> =>
  (await get("/console/revocations", { authorization: `Bearer ${secret}` })).status;
const revoke = async (name: object): Promise<void> => {
  expect((await admin(world, "revocations", { ...name, reason: "left" })).status).toBe(200);
};
const revokeSubject = (sub: string, issuer: string = CAST.issuer): Promise<void> =>
  revoke({ kind: "subject", issuer, sub });

async function push(events: Record<string, unknown>): Promise<void> {
  const key = await keyNamed("idp");
  const jwk = { ...key.jwk, d: Buffer.from(key.seed).toString("base64url") };
  const set = { iss: "https://signals.acme.example", aud: CAST.gateway, jti: crypto.randomUUID(), iat: nowSeconds() };
  const body = await new SignJWT({ ...set, events })
    .setProtectedHeader({ alg: "EdDSA", typ: "secevent+jwt", kid: "idp-1" })
    .sign(await importJWK(jwk, "EdDSA"));
  const headers = { "content-type": "application/secevent+jwt" };
  expect((await fetch(`${world.url}/events`, { method: "POST", headers, body })).status).toBe(202);
}

/** The cookie of olga, who signs in at the identity provider. */
async function signInAtProvider(): Promise<{ readonly status: number; readonly cookie: string }> {
  const cookieOf = (answer: Response): string => answer.headers.getSetCookie().at(-1)?.split(";")[0] ?? "";
  const to = (answer: Response): string => answer.headers.get("location") as string;
  const begun = await get("/console/sign-in/oidc", {});
  const back = await fetch(to(begun), { redirect: "manual" });
  const ended = await fetch(to(back), { headers: { cookie: cookieOf(begun) }, redirect: "manual" });
  return { status: ended.status, cookie: cookieOf(ended) };
}

describe("a session ends", () => {
  test("with its subject, and nobody else's does; the browser is sent to sign in, without its cookie", async () => {
    const [mallory, other, elsewhere] = [
      await session("mallory"),
      await session("sam"),
      await session("mallory", CAST.gateway),
    ];
    expect(await statusOf(mallory)).toBe(200);
    await revokeSubject("mallory");
    const shown = await get("/console/decisions", { cookie: `hopgate_session=${mallory}` });
    expect([shown.status, shown.headers.get("location")]).toEqual([302, "/console/sign-in?to=%2Fconsole%2Fdecisions"]);
    expect(shown.headers.get("set-cookie")).toMatch(/^hopgate_session=; Max-Age=0/);
    expect([await statusOf(mallory), await statusOf(other), await statusOf(elsewhere)]).toEqual([401, 200, 200]);
  });

  test("by what an operator revokes at the console: an address in any case", async () => {
    const [operator, mallory] = [await session("otto"), await session("Mallory@acme.example")];
    const answer = await fetch(`${world.url}/console/revocations`, {
      method: "POST",
      headers: { authorization: `Bearer ${operator}`, origin: world.url },
      body: new URLSearchParams({
        kind: "subject",
        issuer: CAST.issuer,
        sub: "mallory@acme.example",
        reason: "left",
      }),
      redirect: "manual",
    });
    expect(answer.status).toBe(302);
    expect([await statusOf(mallory), await statusOf(operator)]).toEqual([401, 200]);
  });

  test.each([
    ["account-disabled", `${RISC}/account-disabled`],
    ["session-revoked", `${CAEP}/session-revoked`],
  ])("by a security event: %s", async (name, event) => {
    const mallory = await session(`mallory-${name}`);
    expect(await statusOf(mallory)).toBe(200);
    await push({ [event]: { subject: { format: "iss_sub", iss: CAST.issuer, sub: `mallory-${name}` } } });
    expect(await statusOf(mallory)).toBe(401);
  });

  test("for what began before the event: whoever signs in again later is accepted", async () => {
    await push({ [`${CAEP}/session-revoked`]: { subject: { format: "iss_sub", iss: CAST.issuer, sub: "back" } } });
    // Later than the event and the skew of clocks.
    await expect.poll(async () => statusOf(await session("back")), { interval: 500 }).toBe(200);
  });
});

describe("nobody who is revoked signs in", () => {
  test("by a one-time token that was made before", async () => {
    const token = await signInToken(remote(), { name: "early", groups: ["platform"] });
    await revokeSubject("early");
    const answer = await fetch(`${world.url}/console/sign-in`, {
      method: "POST",
      headers: { origin: world.url, accept: "application/json" },
      body: new URLSearchParams({ token }),
    });
    expect([answer.status, answer.headers.get("set-cookie")]).toEqual([401, null]);
    expect(await answer.text()).toContain("Your access was revoked.");
  });

  test("by OpenID Connect; nor does their session go on", async () => {
    const { status, cookie } = await signInAtProvider();
    expect([status, (await get("/console/decisions", { cookie })).status]).toEqual([302, 200]);
    await revokeSubject("olga", `${world.upstream.url}/op`);
    expect((await get("/console/decisions", { cookie })).status).toBe(302);
    expect((await signInAtProvider()).status).toBe(401);
  });
});
