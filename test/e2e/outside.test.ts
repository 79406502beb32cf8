/** Input from strangers, issuers and providers is read within limits, and causes only bounded work. */
import { connect } from "node:net";
import { importJWK, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CAST, keyNamed } from "../vectors/craft.ts";
import { ADMIN_TOKEN, call, chainNow, nowSeconds, startWorld, type World } from "./harness.ts";
import { type HostileServer, startHostileServer } from "./hostile.ts";
import { ALONE } from "./raw.ts";

/** Bytes that may be on their way when the reader stops: buffers of both systems, and the limit itself. */
const ON_THEIR_WAY = 16 * 1024 * 1024;

let hostile: HostileServer;
let world: World;
beforeAll(async () => {
  hostile = await startHostileServer();
  const issuers = ["endless", "half", "silent"].map(
    (way) => `[[issuers]]\nissuer = "https://${way}.example"\njwks_uri = "${hostile.url}/${way}/jwks"\n
[[transmitters]]\nissuer = "https://${way}.example"\njwks_uri = "${hostile.url}/${way}/signals"\n`,
  );
  world = await startWorld({ edit: (config) => `${config}\n${issuers.join("\n")}` });
});
afterAll(async () => {
  await world.stop();
  await hostile.stop();
});

/**
 * Sends a body of which nobody says how long it is, and tells how much of it was taken when the answer came. By a bare
 * socket: HTTP clients lose an answer that comes while they still send. No status if the connection was closed
 * first, which takes the answer with it if the sender was quick.
 */
function pour(path: string, bytes: number, headers: Record<string, string> = {}) {
  const { promise, resolve } = Promise.withResolvers<{ status: number | undefined; taken: number }>();
  const { host, hostname, port } = new URL(world.url);
  const fields = {
    host,
    origin: world.url,
    "content-type": "application/x-www-form-urlencoded",
    ...headers,
    "transfer-encoding": "chunked",
  };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const chunk = `10000\r\n${"a".repeat(65_536)}\r\n`;
  const socket = connect(Number(port), hostname);
  let taken = 0;
  const more = (): void => {
    while (taken < bytes && socket.writable) {
      taken += 65_536;
      if (!socket.write(chunk)) return void socket.once("drain", more);
    }
    if (socket.writable) socket.write("0\r\n\r\n");
  };
  socket.on("data", (answer) => {
    resolve({ status: Number(answer.toString("latin1").slice(9, 12)), taken });
    socket.destroy();
  });
  socket.on("error", () => undefined);
  socket.on("close", () => resolve({ status: undefined, taken }));
  socket.write(`POST ${path} HTTP/1.1\r\n${head.join("")}\r\n`);
  more();
  return promise;
}

describe("a body of 100 MB", () => {
  test.each(["/console/sign-in", "/console/sign-out", "/events", "/oauth/token", "/oauth/revoke"])(
    "is not read by %s",
    async (path) => {
      const type = path === "/events" ? { "content-type": "application/secevent+jwt" } : {};
      const { status, taken } = await pour(path, 100_000_000, type);
      expect([400, 413, undefined]).toContain(status);
      expect(taken).toBeLessThan(ON_THEIR_WAY);
    },
  );

  test.each(["/admin/revocations", "/admin/policies/releases", "/admin/console/tokens"])(
    "is not read by %s, with the admin token too",
    async (path) => {
      const { status, taken } = await pour(path, 100_000_000, { authorization: `Bearer ${ADMIN_TOKEN}` });
      expect([413, undefined]).toContain(status);
      expect(taken).toBeLessThan(ON_THEIR_WAY);
    },
  );

  test("with a Content-Length is refused by it", async () => {
    const answer = await fetch(`${world.url}/console/sign-in`, {
      method: "POST",
      headers: { origin: world.url, ...ALONE },
      body: new URLSearchParams({ token: "a".repeat(17_000) }),
    });
    expect(answer.status).toBe(413);
  });
});

// At the same time: each waits for the gateway to give up.
describe.concurrent("the keys of an issuer whose server", () => {
  test.for(["endless", "half", "silent"])("is %s are unavailable, after a bounded read", async (way, { expect }) => {
    const chain = await chainNow({ 0: { claims: { iss: `https://${way}.example` } } });
    const answer = await call(world, { chain });
    expect(answer.status).toBe(503);
    expect(hostile.sent.get(`/${way}/jwks`) ?? 0).toBeLessThan(ON_THEIR_WAY);
    expect(hostile.asked.get(`/${way}/jwks`)).toBe(1);
    await expect.poll(() => hostile.open.get(`/${way}/jwks`)).toBe(0);
  });
});

describe.concurrent("the keys of a transmitter whose server", () => {
  const push = async (issuer: string): Promise<Response> => {
    const key = await keyNamed("mallory");
    const jwk = { ...key.jwk, d: Buffer.from(key.seed).toString("base64url") };
    const events = { "https://schemas.openid.net/secevent/caep/event-type/session-revoked": {} };
    const claims = { iss: issuer, aud: CAST.gateway, jti: crypto.randomUUID(), iat: nowSeconds(), events };
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: "EdDSA", typ: "secevent+jwt", kid: crypto.randomUUID() })
      .sign(await importJWK(jwk, "EdDSA"));
    const headers = { "content-type": "application/secevent+jwt" };
    return fetch(`${world.url}/events`, { method: "POST", headers, body: token });
  };

  test.for(["endless", "half", "silent"])(
    "is %s are unavailable, and it is asked once by many",
    async (way, { expect }) => {
      const answers = await Promise.all(Array.from({ length: 5 }, () => push(`https://${way}.example`)));
      // Nothing is wrong with the event: it should be delivered again.
      expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503]);
      expect(hostile.sent.get(`/${way}/signals`) ?? 0).toBeLessThan(ON_THEIR_WAY);
      expect(hostile.asked.get(`/${way}/signals`)).toBe(1);
      await expect.poll(() => hostile.open.get(`/${way}/signals`)).toBe(0);
    },
  );
});

describe("a stranger who begins to sign in by OpenID Connect", () => {
  const DISCOVERY = "/op/.well-known/openid-configuration";
  const begin = (): Promise<Response> => fetch(`${world.url}/console/sign-in/oidc`, { redirect: "manual" });
  const cookieOf = (answer: Response): string => (answer.headers.get("set-cookie") ?? "").split(";")[0] as string;

  test("makes the gateway ask the provider once in a while, however often it comes", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, begin));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(302));
    expect(world.upstream.asked.get(DISCOVERY)).toBe(1);
    const states = answers.map((answer) => new URL(answer.headers.get("location") ?? "").searchParams.get("state"));
    expect(new Set(states).size).toBe(10);
  });

  test("is signed in only with the unchanged cookie of the same sign-in", async () => {
    const [mine, other] = [await begin(), await begin()];
    const provider = await fetch(mine.headers.get("location") ?? "", { redirect: "manual" });
    const callback = provider.headers.get("location") ?? "";
    const back = (cookie: string): Promise<Response> => fetch(callback, { headers: { cookie }, redirect: "manual" });
    const [value, tag] = cookieOf(mine).split(".");
    expect((await back(cookieOf(other))).status).toBe(401);
    expect((await back(`${value}x.${tag}`)).status).toBe(401);
    expect((await back("hopgate_sign_in=x")).status).toBe(401);
    const answer = await back(cookieOf(mine));
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "/console"]);
    // The provider gives a code once, so the same address again leads nowhere.
    expect((await back(cookieOf(mine))).status).toBe(401);
  });
});
