/** Security events that others are told: what they say, on which terms, and how one is pushed. */
import { describe, expect, test } from "vitest";
import type { EventReceiver } from "../../../worker/config.ts";
import { readConfig } from "../../../worker/config.ts";
import type { RevocationName } from "../../../worker/revocation/name.ts";
import { claimsChangedEvent, eventUri, revokedEvent, riskEvent } from "../../../worker/transmitter/event.ts";
import { pushSet } from "../../../worker/transmitter/push.ts";
import {
  changedTerms,
  describeStream,
  POLL,
  PUSH,
  readAsked,
  type StreamTerms,
} from "../../../worker/transmitter/stream.ts";
import { cause, ENDPOINT, GATEWAY, IDP, receiver } from "./given.ts";

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
  ])("for a revocation of %s names it in a form that a receiver understands, or does not exist", (_, name, subject) => {
    expect(revokedEvent(name, GATEWAY, cause)?.subject).toEqual(subject);
  });
  test("says why, when and by whom", () => {
    expect(revokedEvent({ kind: "task", task: "t" }, GATEWAY, cause)?.claims).toEqual({
      event_timestamp: 1000,
      initiating_entity: "admin",
      reason_admin: { en: "it leaked" },
    });
  });
  test("of signs has a high risk if a key slept or denials were a burst, and a medium one if something is new", () => {
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

describe("a stream's terms", () => {
  const ask = (body: object, of = receiver({ endpoint: ENDPOINT }), terms: StreamTerms = {}): StreamTerms =>
    changedTerms(of, terms, readAsked(body), describeStream(of, terms, GATEWAY, GATEWAY));

  test("are polled without an endpoint, and pushed with one", () => {
    const method = (of: EventReceiver): unknown => describeStream(of, {}, GATEWAY, GATEWAY)["delivery"];
    expect(method(receiver())).toEqual({ method: POLL, endpoint_url: `${GATEWAY}/ssf/poll/soc` });
    expect(method(receiver({ endpoint: ENDPOINT }))).toEqual({ method: PUSH, endpoint_url: ENDPOINT });
  });
  test("deliver supported and requested events; unknown ones are ignored", () => {
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
  ])("are refused if it should be %s", (_, body, of) => {
    expect(() => ask(body, of)).toThrow();
  });
  test("two receivers with one secret, or one id, are refused", () => {
    const text = (more: string): string =>
      `[gateway]\nid = "${GATEWAY}"\n[[issuers]]\nissuer = "${IDP}"\njwks_uri = "${IDP}/jwks"\n[[receivers]]\nid = "a"\naudience = "a"\nsecret = "A"\n[[receivers]]\n${more}\naudience = "b"\n[[routes]]\nid = "r"\napi = "a"\npath = "/r"\nupstream = "https://up.example"\naudience = "u"\nsensitivity = "low"\nmethods = { GET = { action = "a" } }\n`;
    expect(() => readConfig(text('id = "a"\nsecret = "B"'))).toThrow("receiver id twice");
    expect(() => readConfig(text('id = "b"\nsecret = "A"'))).toThrow("one secret");
  });
});

describe("a push", () => {
  const push = (answer: () => Response | Promise<Response>) =>
    pushSet("jws", ENDPOINT, "Bearer x", async () => answer());

  test("is accepted if the receiver says so, however long its answer", async () => {
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
  test("is refused permanently by an error of RFC 8935", async () => {
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
