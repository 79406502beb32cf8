/** How entries come to the long-term store: in their order, nothing twice, nothing left out, whatever fails. */

import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { archiveWaiting } from "../../../worker/ledger/archive.ts";
import { entryLine, recordIn } from "../../../worker/ledger/event.ts";
import { readRecord } from "../../../worker/ledger/outcomes.ts";
import type { Ledger } from "../../../worker/ledger/shard.ts";
import { ARCHIVE, admissionOf, entryOf, LEDGER, nowSeconds, proof, rowsOf, runAlarm, type Shard } from "./shard.ts";

/** Objects of a shard, in their order. */
async function objectsOf(
  name: string,
): Promise<{ key: string; lines: { id: string; source: string; hopgateentry: string; data: object }[] }[]> {
  const { objects } = await ARCHIVE.list({ prefix: "ledger/" });
  const own = objects.map(({ key }) => key).filter((key) => key.includes(`/${name}-`));
  return Promise.all(
    own.toSorted().map(async (key) => {
      const body = (await ARCHIVE.get(key))?.body as ReadableStream<Uint8Array>;
      const text = await new Response(body.pipeThrough(new DecompressionStream("gzip"))).text();
      expect(text.endsWith("\n")).toBe(true);
      return {
        key,
        lines: text
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line)),
      };
    }),
  );
}

/** Admits entries; the test runs the alarm itself. */
async function fill(shard: Shard, count: number, more: (i: number) => object = () => ({})): Promise<void> {
  await runInDurableObject(shard, async (instance: Ledger, { storage }) => {
    await Promise.all(
      Array.from({ length: count }, (_, i) => instance.admit(admissionOf(entryOf(`t-${i % 3}`, `id-${i}`, more(i))))),
    );
    await storage.deleteAlarm();
  });
}

/** Lets the shard write to a bucket that is changed by the test. */
function withBucket(
  shard: Shard,
  put: (key: string, bytes: ArrayBuffer, times: number) => Promise<unknown>,
): Promise<void> {
  let times = 0;
  return runInDurableObject(shard, (instance) => {
    const { env } = instance as unknown as { env: object };
    const bucket = { put: (key: string, bytes: ArrayBuffer) => put(key, bytes, ++times) };
    Object.defineProperty(instance, "env", { value: { ...env, ARCHIVE: bucket }, configurable: true });
  });
}

describe("the archive of a shard", () => {
  test("has each entry once, in order and unchanged, under the day and the number of the first", async () => {
    const shard = LEDGER.getByName("archived");
    const day = (): string => new Date().toISOString().slice(0, 10).replaceAll("-", "/");
    const days = [day()];
    await fill(shard, 7);
    days.push(day());
    expect(await shard.waiting()).toMatchObject({ entries: 7, since: expect.any(Number) });
    await runAlarm(shard);
    await runAlarm(shard);
    const [object, ...others] = await objectsOf("archived");
    expect(others).toEqual([]);
    expect(days.map((each) => `ledger/${each}/archived-000000000001.jsonl.gz`)).toContain(object?.key);
    expect(object?.lines.map(({ id }) => id)).toEqual(Array.from({ length: 7 }, (_, i) => `id-${i}`));
    const own = object?.lines.filter(({ source }) => source === "urn:hopgate:task:t-1") ?? [];
    expect(
      own.map(({ hopgateentry, data }) => ({ ...JSON.parse(hopgateentry), record: JSON.stringify(data) })),
    ).toEqual(await shard.entries("t-1"));
    expect(await shard.waiting()).toEqual({ entries: 0, since: undefined });
  });

  test("gets no object that is too large to be written in one piece", async () => {
    const shard = LEDGER.getByName("pieces");
    await fill(shard, 1100);
    await runAlarm(shard);
    const objects = await objectsOf("pieces");
    expect(objects.map(({ lines }) => lines.length)).toEqual([500, 500, 100]);
    expect(objects.flatMap(({ lines }) => lines.map(({ id }) => id))).toEqual(
      Array.from({ length: 1100 }, (_, i) => `id-${i}`),
    );
  }, 60_000);

  test("gets large records in smaller objects", async () => {
    const shard = LEDGER.getByName("large");
    const record = (i: number) => ({ record: JSON.stringify({ id: `id-${i}`, time: "t", x: "x".repeat(99_000) }) });
    await fill(shard, 45, record);
    await runAlarm(shard);
    const objects = await objectsOf("large");
    expect(objects.map(({ lines }) => lines.length)).toEqual([41, 4]);
  }, 60_000);

  test("has every entry exactly once if the bucket fails before or after it has written", async () => {
    const shard = LEDGER.getByName("failing");
    await fill(shard, 1600);
    const keys: string[] = [];
    await withBucket(shard, async (key, bytes, times) => {
      keys.push(key.slice(-21, -9));
      if (times === 2) throw new Error("the bucket is down");
      await ARCHIVE.put(key, bytes);
      if (times === 4) throw new Error("the answer is lost");
    });
    await runAlarm(shard);
    expect(await shard.waiting()).toMatchObject({ entries: 1100 });
    await runAlarm(shard);
    expect(await shard.waiting()).toMatchObject({ entries: 600 });
    await runAlarm(shard);
    expect(await shard.waiting()).toMatchObject({ entries: 0 });
    const numbers = [1, 501, 501, 1001, 1001, 1501].map((number) => String(number).padStart(12, "0"));
    expect(keys).toEqual(numbers);
    const told = (await objectsOf("failing")).flatMap(({ lines }) => lines.map(({ id }) => id));
    expect(told).toEqual(Array.from({ length: 1600 }, (_, i) => `id-${i}`));
  }, 60_000);

  test("waits at an entry that was changed on disk, names it, and lacks nothing when it is restored", async () => {
    const shard = LEDGER.getByName("changed on disk");
    await fill(shard, 3);
    const [before] = await rowsOf(shard, "SELECT hex(record) AS record FROM entries WHERE at = 2");
    await rowsOf(shard, "UPDATE entries SET record = x'ffffffff' WHERE at = 2");
    const archive = () =>
      runInDurableObject(shard, (_, { storage }) =>
        archiveWaiting({ shard: "changed on disk", storage, bucket: ARCHIVE, pause: async () => undefined }),
      );
    await expect(archive()).rejects.toThrow("entry 1 of task `t-1` cannot be read: its row was changed on disk");
    expect(await shard.waiting()).toMatchObject({ entries: 3 });
    await rowsOf(shard, `UPDATE entries SET record = CAST(x'${before?.["record"]}' AS TEXT) WHERE at = 2`);
    await archive();
    const told = (await objectsOf("changed on disk")).flatMap(({ lines }) => lines.map(({ id }) => id));
    expect(told).toEqual(["id-0", "id-1", "id-2"]);
  });

  test("continues after a restart of the object, with an alarm that is repeated until it succeeds", async () => {
    const shard = LEDGER.getByName("resumed");
    await fill(shard, 3);
    await withBucket(shard, () => Promise.reject(new Error("the bucket is down")));
    await runAlarm(shard);
    const alarm = await runInDurableObject(shard, (_, { storage }) => storage.getAlarm());
    expect(alarm).toBeGreaterThan(Date.now());
    await evictDurableObject(shard);
    await runAlarm(shard);
    await fill(shard, 0);
    await shard.admit(admissionOf(entryOf("t-0", "more")));
    await runAlarm(shard);
    const objects = await objectsOf("resumed");
    expect(objects.map(({ lines }) => lines.map(({ id }) => id))).toEqual([["id-0", "id-1", "id-2"], ["more"]]);
  });
});

describe("an object is made in steps, between which", () => {
  /** Archives what waits, and does something in each pause. @returns how many there were */
  function archiveWith(shard: Shard, inPause: (instance: Ledger, pauses: number) => Promise<unknown>): Promise<number> {
    return runInDurableObject(shard, async (instance: Ledger, { storage, id }) => {
      let pauses = 0;
      const pause = async (): Promise<void> => {
        await inPause(instance, ++pauses);
      };
      await archiveWaiting({ shard: id.name as string, storage, bucket: ARCHIVE, pause });
      return pauses;
    });
  }

  const idsOf = async (name: string): Promise<string[][]> =>
    (await objectsOf(name)).map(({ lines }) => lines.map(({ id }) => id));
  const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => `id-${i}`);
  /** A record that counts as a use of the agent. */
  const used = (i: number): object => {
    const iss = "spiffe://acme.example";
    const hop = { iss, sub: `${iss}/agent`, aud: "gateway", scope: "read", iat: 1, exp: 61, name: "n" };
    const actors = [{ iss, sub: `${iss}/agent`, proof: "registered" }];
    const chain = { task: "t", txn: "x", subject: { iss, sub: "alice" }, actors, hops: [hop] };
    return { record: JSON.stringify({ id: `id-${i}`, time: "2026-11-27T00:00:00Z", outcome: "allowed", chain }) };
  };

  test("requests are admitted: their entries are in the next object, once", async () => {
    const shard = LEDGER.getByName("passing");
    await fill(shard, 95);
    const admit = (instance: Ledger, pauses: number) =>
      instance.admit(admissionOf(entryOf("t", `passed-${pauses}`), { singles: [proof(`proof-${pauses}`)] }));
    const passed = await archiveWith(shard, async (instance, pauses) => {
      expect(await admit(instance, pauses)).toMatchObject({ admitted: true });
      expect(await admit(instance, pauses)).toMatchObject({ why: "replayed" });
    });
    expect(passed).toBe(10);
    expect(await shard.waiting()).toMatchObject({ entries: 10 });
    await runAlarm(shard);
    expect(await idsOf("passing")).toEqual([ids(95), Array.from({ length: 10 }, (_, i) => `passed-${i + 1}`)]);
  });

  test("64 requests at once are admitted, and a revocation is received", async () => {
    const shard = LEDGER.getByName("crowded");
    await fill(shard, 30);
    const standings = [{ keys: JSON.stringify(["task:t"]), issued: nowSeconds() }];
    const answers: { admitted: boolean }[][] = [];
    await archiveWith(shard, async (instance, pauses) => {
      if (pauses === 2) instance.hear([{ seq: 1, key: "task:t", before: null, until: null }]);
      const many = Array.from({ length: 64 }, (_, i) => admissionOf(entryOf("t", `${pauses}-${i}`), { standings }));
      answers.push(await instance.admitAll(many));
    });
    expect(answers.map((some) => some.filter(({ admitted }) => admitted).length)).toEqual([64, 0, 0]);
    await runAlarm(shard);
    expect((await idsOf("crowded")).flat()).toEqual([...ids(30), ...Array.from({ length: 64 }, (_, i) => `1-${i}`)]);
  });

  test.each([1, 2, 3, 4, 5])(
    "the process may end, here after step %i: no entry is lost, written or counted twice",
    async (last) => {
      const shard = LEDGER.getByName(`ended ${last}`);
      await fill(shard, 45, used);
      const ended = archiveWith(shard, async (_, pauses) => {
        if (pauses === last) throw new Error("the process ends");
      });
      await expect(ended).rejects.toThrow("the process ends");
      await evictDurableObject(shard);
      expect(await shard.waiting()).toMatchObject({ entries: 45 });
      await fill(shard, 1, () => ({ ...used(45), id: "id-45" }));
      for (let i = 0; i < 2; i++) await runAlarm(shard);
      expect(await idsOf(`ended ${last}`)).toEqual([ids(46)]);
      expect(await shard.workloads()).toMatchObject([{ requests: 46 }]);
    },
  );
});

test("an outcome is its own event, with its hash as id and its record unchanged", () => {
  const record =
    '{"time":"2026-11-26T12:00:00Z", "outcomes":[{"id":"a","outcome":"allowed","status":200,"note":"\\",\\"data\\":"}]}';
  const entry = { seq: 2, prev: "before", hash: "its-hash", record };
  const line = entryLine("a task", entry, readRecord(entry));
  expect(recordIn(line.trimEnd())).toBe(record);
  expect(JSON.parse(line)).toEqual({
    specversion: "1.0",
    type: "dev.hopgate.outcomes.v1",
    source: "urn:hopgate:task:a%20task",
    id: "its-hash",
    time: "2026-11-26T12:00:00Z",
    datacontenttype: "application/json",
    data: readRecord(entry),
    hopgateentry: JSON.stringify({ seq: 2, prev: "before", hash: "its-hash" }),
  });
});
