/** The transmitter of security events: what an event says, what a stream may be, and how it is delivered. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { EventReceiver } from "../../worker/config.ts";
import { readConfig } from "../../worker/config.ts";
import type { Env } from "../../worker/env.ts";
import type { RevocationName } from "../../worker/revocation/name.ts";
import { claimsChangedEvent, eventUri, revokedEvent, riskEvent } from "../../worker/transmitter/event.ts";
import { pushSet } from "../../worker/transmitter/push.ts";
import {
  changedTerms,
  describeStream,
  POLL,
  PUSH,
  readAsked,
  type StreamTerms,
} from "../../worker/transmitter/stream.ts";
import { Streams } from "../../worker/transmitter/streams.ts";

const GATEWAY = "https://gateway.example";
const IDP = "https://idp.example";
const cause = { id: "cause", reason: "it leaked", by: "admin", at: 1000 } as const;

describe("an event", () => {
  test.each<[string, RevocationName, object | undefined]>([
    ["a subject", { kind: "subject", issuer: IDP, sub: "alice" }, { format: "iss_sub", iss: IDP, sub: "alice" }],
    [
      "a session",
      { kind: "session", issuer: IDP, sid: "s" },
      { format: "complex", session: { format: "iss_sub", iss: IDP, sub: "s" } },
    ],
    [
      "a task",
      { kind: "task", task: "t" },
      { format: "complex", session: { format: "iss_sub", iss: GATEWAY, sub: "t" } },
    ],
    ["a token", { kind: "token", issuer: IDP, jti: "j" }, { format: "jwt_id", iss: IDP, jti: "j" }],
    [
      "an actor",
      { kind: "actor", name: "spiffe://a.example/b" },
      { format: "iss_sub", iss: "spiffe://a.example", sub: "spiffe://a.example/b" },
    ],
    ["a client", { kind: "client", client_id: "c" }, { format: "iss_sub", iss: GATEWAY, sub: "c" }],
    ["an issuer", { kind: "issuer", issuer: IDP }, undefined],
    ["a hop", { kind: "hop", hash: "h" }, undefined],
  ])("of a revocation of %s names it so that a receiver knows it, or is none", (_, name, subject) => {
    expect(revokedEvent(name, GATEWAY, cause)?.subject).toEqual(subject);
  });
  test("says why, when and by whom", () => {
    expect(revokedEvent({ kind: "task", task: "t" }, GATEWAY, cause)?.claims).toEqual({
      event_timestamp: 1000,
      initiating_entity: "admin",
      reason_admin: { en: "it leaked" },
    });
  });
  test("of signs has a high risk where a key slept or denials were a burst, and a medium one where something is new", () => {
    const party = { iss: IDP, sub: "a" };
    expect(riskEvent(party, ["new_route", "new_route"], cause).claims).toMatchObject({
      current_level: "MEDIUM",
      risk_reason: "new_route",
    });
    expect(riskEvent(party, ["new_route", "slept"], cause).claims).toMatchObject({ current_level: "HIGH" });
    expect(claimsChangedEvent(party, { scope: "a" }, cause)).toMatchObject({
      type: "token-claims-change",
      claims: { claims: { scope: "a" } },
    });
  });
});

const receiver = (change: Partial<EventReceiver> = {}): EventReceiver => ({
  id: "soc",
  audience: "https://soc.example",
  secret: "SOC",
  events: ["session-revoked", "risk-level-change"],
  ...change,
});
const ENDPOINT = "https://soc.example/events";

describe("a stream's terms", () => {
  const ask = (body: object, of = receiver({ endpoint: ENDPOINT }), terms: StreamTerms = {}): StreamTerms =>
    changedTerms(of, terms, readAsked(body), describeStream(of, terms, GATEWAY, GATEWAY));

  test("are polled without an endpoint, and pushed with one", () => {
    const method = (of: EventReceiver): unknown => describeStream(of, {}, GATEWAY, GATEWAY)["delivery"];
    expect(method(receiver())).toEqual({ method: POLL, endpoint_url: `${GATEWAY}/ssf/poll/soc` });
    expect(method(receiver({ endpoint: ENDPOINT }))).toEqual({ method: PUSH, endpoint_url: ENDPOINT });
  });
  test("deliver what is supported and requested; what nobody knows is ignored", () => {
    const requested = [eventUri("session-revoked"), eventUri("token-claims-change"), "https://other.example/event"];
    const terms = ask({ events_requested: requested });
    expect(describeStream(receiver(), terms, GATEWAY, GATEWAY)["events_delivered"]).toEqual([
      eventUri("session-revoked"),
    ]);
  });
  test("keep what a PATCH does not name, and never show the authorization", () => {
    const terms = ask({
      delivery: { method: PUSH, endpoint_url: ENDPOINT, authorization_header: "Bearer x" },
      description: "d",
    });
    expect(ask({ description: "e" }, undefined, terms)).toEqual({ ...terms, description: "e" });
    expect(JSON.stringify(describeStream(receiver({ endpoint: ENDPOINT }), terms, GATEWAY, GATEWAY))).not.toContain(
      "Bearer",
    );
  });
  test.each<[string, object, EventReceiver?]>([
    [
      "pushed elsewhere than the configuration says",
      { delivery: { method: PUSH, endpoint_url: "https://evil.example" } },
    ],
    ["pushed to what looks like it", { delivery: { method: PUSH, endpoint_url: `${ENDPOINT}/` } }],
    ["pushed to a receiver without an endpoint", { delivery: { method: PUSH, endpoint_url: ENDPOINT } }, receiver()],
    ["polled elsewhere", { delivery: { method: POLL, endpoint_url: "https://evil.example" } }],
    ["delivered in another way", { delivery: { method: "urn:ietf:rfc:9999" } }],
    ["for another audience", { aud: "https://evil.example" }],
    ["of another issuer", { iss: "https://evil.example" }],
    ["with more than 64 types of events", { events_requested: Array(65).fill("a") }],
    [
      "with an authorization that breaks the header",
      { delivery: { method: PUSH, endpoint_url: ENDPOINT, authorization_header: "a\r\nx: y" } },
    ],
  ])("are refused where it is to be %s", (_, body, of) => {
    expect(() => ask(body, of)).toThrow();
  });
  test("two receivers with one secret, or one id, are no configuration", () => {
    const text = (more: string): string =>
      `[gateway]\nid = "${GATEWAY}"\n[[issuers]]\nissuer = "${IDP}"\njwks_uri = "${IDP}/jwks"\n[[receivers]]\nid = "a"\naudience = "a"\nsecret = "A"\n[[receivers]]\n${more}\naudience = "b"\n[[routes]]\nid = "r"\napi = "a"\npath = "/r"\nupstream = "https://up.example"\naudience = "u"\nsensitivity = "low"\nmethods = { GET = { action = "a" } }\n`;
    expect(() => readConfig(text('id = "a"\nsecret = "B"'))).toThrow("receiver id twice");
    expect(() => readConfig(text('id = "b"\nsecret = "A"'))).toThrow("one secret");
  });
});

describe("a push", () => {
  const push = (answer: () => Response | Promise<Response>) =>
    pushSet("jws", ENDPOINT, "Bearer x", async () => answer());

  test("is taken where the receiver says so, however much it says", async () => {
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) });
    expect(await push(() => new Response(endless, { status: 202 }))).toEqual({ outcome: "taken" });
  });
  test("has the SET, and the receiver's authorization, and follows no redirect", async () => {
    let seen: Request | undefined;
    await pushSet("jws", ENDPOINT, "Bearer x", async (request) => {
      seen = request;
      return new Response(null, { status: 202 });
    });
    expect(seen?.redirect).toBe("manual");
    expect([seen?.headers.get("content-type"), seen?.headers.get("authorization")]).toEqual([
      "application/secevent+jwt",
      "Bearer x",
    ]);
    expect(
      await push(() => new Response(null, { status: 307, headers: { location: "http://169.254.169.254/" } })),
    ).toMatchObject({ outcome: "failed" });
  });
  test("is refused for good by an error of RFC 8935", async () => {
    const body = JSON.stringify({ err: "invalid_audience", description: "not me" });
    expect(await push(() => new Response(body, { status: 400 }))).toEqual({
      outcome: "refused",
      why: "invalid_audience not me",
    });
  });
  test.each<[string, () => Response | Promise<Response>]>([
    ["503", () => new Response(null, { status: 503 })],
    ["400 with something else", () => new Response("<html>", { status: 400 })],
    ["400 with more than anybody reads", () => new Response(`{"err":"${"x".repeat(10_000)}"}`, { status: 400 })],
    ["nothing", () => Promise.reject(new Error("connection refused"))],
  ])("that is answered with %s is tried again", async (_, answer) => {
    expect(await push(answer)).toMatchObject({ outcome: "failed" });
  });
});

const { STREAMS } = env as unknown as Env;
const DAY_MS = 24 * 3600 * 1000;
const setOf = (jti: string, type: EventReceiver["events"][number] = "session-revoked") => ({
  jti,
  uri: eventUri(type),
  jws: `jws of ${jti}`,
});

/** Runs with the object's storage, as a receiver's stream whose pushes are answered so. */
async function withStream(
  work: (stream: Streams, age: (milliseconds: number) => void) => Promise<void>,
  answer: () => Response = () => new Response(null, { status: 202 }),
  of: EventReceiver = receiver(),
): Promise<string[]> {
  const pushed: string[] = [];
  const fetcher = async (request: Request): Promise<Response> => {
    pushed.push(new TextDecoder().decode(await request.arrayBuffer()));
    return answer();
  };
  await runInDurableObject(STREAMS.getByName(crypto.randomUUID()), async (_, ctx) => {
    const stream = new Streams(ctx, {}, { receiver: () => of, fetch: fetcher });
    await work(
      stream,
      (milliseconds) => void ctx.storage.sql.exec("UPDATE events SET added = added - ?", milliseconds),
    );
  });
  return pushed;
}
const failing = () => new Response(null, { status: 503 });
const pushing = receiver({ endpoint: ENDPOINT });

describe("a stream", () => {
  test("gives what waits, again and again until it is acknowledged, and no more after", async () => {
    await withStream(async (stream) => {
      for (const jti of ["a", "b", "c"]) await stream.add(setOf(jti));
      expect(await stream.poll(2, [], {}, 0)).toEqual({ sets: { a: "jws of a", b: "jws of b" }, more: true });
      expect(Object.keys((await stream.poll(2, [], {}, 0)).sets)).toEqual(["a", "b"]);
      expect(Object.keys((await stream.poll(5, ["a", "b"], {}, 0)).sets)).toEqual(["c"]);
      expect(Object.keys((await stream.poll(5, ["a", "b", "of another stream"], {}, 0)).sets)).toEqual(["c"]);
      expect(stream.report()).toMatchObject({ waiting: 1, parked: [] });
    });
  });
  test("parks what its receiver refuses, until an operator tries it again", async () => {
    await withStream(async (stream) => {
      await stream.add(setOf("a"));
      expect(await stream.poll(5, [], { a: "invalid_key unknown kid" }, 0)).toEqual({ sets: {}, more: false });
      expect(stream.report().parked).toMatchObject([{ jti: "a", why: "invalid_key unknown kid" }]);
      await stream.retry();
      expect(Object.keys((await stream.poll(5, [], {}, 0)).sets)).toEqual(["a"]);
    });
  });
  test("answers a poll that waits as soon as something is there", async () => {
    await withStream(async (stream) => {
      const polled = stream.poll(5, [], {}, 20_000);
      await stream.add(setOf("a"));
      expect(Object.keys((await polled).sets)).toEqual(["a"]);
    });
  });
  test("takes what its receiver has asked for, each event once", async () => {
    await withStream(async (stream) => {
      await stream.change({ exists: true, status: "enabled", terms: { requested: [eventUri("risk-level-change")] } });
      for (const jti of ["a", "a"]) await stream.add(setOf(jti, "risk-level-change"));
      await stream.add(setOf("b"));
      expect(stream.report().waiting).toBe(1);
    });
  });
  test("holds what comes while it is paused, and nothing while it is disabled or deleted", async () => {
    await withStream(async (stream) => {
      const be = (status: "enabled" | "paused" | "disabled", exists = true) =>
        stream.change({ exists, status, terms: {} });
      await be("paused");
      await stream.add(setOf("a"));
      expect((await stream.poll(5, [], {}, 0)).sets).toEqual({});
      await be("enabled");
      expect(Object.keys((await stream.poll(5, [], {}, 0)).sets)).toEqual(["a"]);
      await be("disabled");
      await stream.add(setOf("b"));
      await be("enabled");
      await be("disabled", false);
      await stream.add(setOf("c"));
      expect(stream.report()).toMatchObject({ status: "deleted", waiting: 0 });
    });
  });
  test("holds a thousand events at most: the oldest goes, and is counted", async () => {
    await withStream(async (stream) => {
      for (let n = 0; n < 1003; n++) await stream.add(setOf(String(n)));
      expect(stream.report()).toMatchObject({ waiting: 1000, dropped: 3 });
      expect(Object.keys((await stream.poll(1, [], {}, 0)).sets)).toEqual(["3"]);
    });
  });
  test("pushes in the order of events, and stops at the first that fails", async () => {
    let answers = 1;
    const pushed = await withStream(
      async (stream) => {
        for (const jti of ["a", "b", "c"]) await stream.add(setOf(jti));
        await stream.alarm();
        expect(stream.report()).toMatchObject({ waiting: 2, failing: "the receiver answered 503" });
        answers = 5;
        await stream.alarm();
        expect(stream.report()).toMatchObject({ waiting: 0, parked: [] });
        expect(stream.report()).not.toHaveProperty("failing");
      },
      () => (answers-- > 0 ? new Response(null, { status: 202 }) : failing()),
      pushing,
    );
    expect(pushed).toEqual(["jws of a", "jws of b", "jws of b", "jws of c"]);
  });
  test("parks what could not be delivered for a day, and forgets it a week after", async () => {
    await withStream(
      async (stream, age) => {
        await stream.add(setOf("a"));
        age(DAY_MS + 1);
        await stream.alarm();
        expect(stream.report()).toMatchObject({
          waiting: 0,
          parked: [{ why: "not delivered within a day: the receiver answered 503" }],
        });
        age(6 * DAY_MS);
        await stream.alarm();
        expect(stream.report().parked).toEqual([]);
      },
      failing,
      pushing,
    );
  });
  test("parks what its receiver refuses at once, and pushes the next", async () => {
    const refusing = () => new Response(JSON.stringify({ err: "invalid_request" }), { status: 400 });
    const pushed = await withStream(
      async (stream) => {
        for (const jti of ["a", "b"]) await stream.add(setOf(jti));
        await stream.alarm();
        expect(stream.report()).toMatchObject({ waiting: 0, parked: [{ jti: "b" }, { jti: "a" }] });
      },
      refusing,
      pushing,
    );
    expect(pushed).toHaveLength(2);
  });
  test("is what it was when the object starts again", async () => {
    const id = STREAMS.getByName(crypto.randomUUID());
    const kept = { exists: true, status: "paused", reason: "maintenance", terms: { description: "d" } } as const;
    await id.change(kept);
    await evictDurableObject(id);
    expect(await id.state()).toEqual(kept);
  });
});
