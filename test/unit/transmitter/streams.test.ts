/** Streams of security events: what is delivered, acknowledged, tried again and parked. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { EventReceiver } from "../../../worker/config.ts";
import type { Env } from "../../../worker/env.ts";
import { eventUri } from "../../../worker/transmitter/event.ts";
import { Streams } from "../../../worker/transmitter/streams.ts";
import { ENDPOINT, receiver } from "./given.ts";

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
  test("returns waiting events until they are acknowledged, and not afterwards", async () => {
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
  test("answers a waiting poll as soon as there is an event", async () => {
    await withStream(async (stream) => {
      const polled = stream.poll(5, [], {}, 20_000);
      await stream.add(setOf("a"));
      expect(Object.keys((await polled).sets)).toEqual(["a"]);
    });
  });
  test("accepts the events that its receiver has requested, each once", async () => {
    await withStream(async (stream) => {
      await stream.change({ exists: true, status: "enabled", terms: { requested: [eventUri("risk-level-change")] } });
      for (const jti of ["a", "a"]) await stream.add(setOf(jti, "risk-level-change"));
      await stream.add(setOf("b"));
      expect(stream.report().waiting).toBe(1);
    });
  });
  test("keeps events while it is paused, and none while it is disabled or deleted", async () => {
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
  test("keeps a thousand events at most; the oldest is dropped and counted", async () => {
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
  test("is unchanged after a restart of the object", async () => {
    const id = STREAMS.getByName(crypto.randomUUID());
    const kept = { exists: true, status: "paused", reason: "maintenance", terms: { description: "d" } } as const;
    await id.change(kept);
    await evictDurableObject(id);
    expect(await id.state()).toEqual(kept);
  });
});
