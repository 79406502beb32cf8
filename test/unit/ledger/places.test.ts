/** Places of issued tokens in a shard's status list. */
import { describe, expect, test } from "vitest";
import { standingOn } from "../../../worker/ledger/admission.ts";
import { admissionOf, LEDGER, nowSeconds, rowsOf, runAlarm, type Shard } from "./shard.ts";

async function issue(
  shard: Shard,
  keys: readonly string[],
  issued = nowSeconds(),
  lives = 1000,
): Promise<number | undefined> {
  const admitted = await shard.admit(
    admissionOf(undefined, { standings: [standingOn({ keys, issued })], placeUntil: nowSeconds() + lives }),
  );
  return admitted.admitted ? admitted.place : undefined;
}

describe("a shard's status list", () => {
  test("gives each token its own place, and a refused one none", async () => {
    const shard = LEDGER.getByName("places given");
    const places = await Promise.all(Array.from({ length: 30 }, (_, i) => issue(shard, [`k-${i}`])));
    expect(new Set(places).size).toBe(30);
    expect(places).not.toContain(undefined);
    await shard.hear([{ seq: 1, key: "gone", before: null, until: null }]);
    expect(await issue(shard, ["gone"])).toBeUndefined();
    expect(await rowsOf(shard, "SELECT n FROM places")).toHaveLength(30);
    expect((await shard.admit(admissionOf(undefined))) as object).toEqual({ admitted: true, place: undefined });
  });

  test("shows a token that was revoked after it was issued, and no other", async () => {
    const shard = LEDGER.getByName("places shown");
    const [early, other] = [await issue(shard, ["a", "b"]), await issue(shard, ["c"])];
    expect(await shard.revokedPlaces()).toEqual([]);
    await shard.hear([{ seq: 1, key: "b", before: null, until: null }]);
    expect(await shard.revokedPlaces()).toEqual([early]);
    await shard.hear([{ seq: 2, key: "c", before: null, until: null }]);
    expect(await shard.revokedPlaces()).toEqual([early, other]);
  });

  test("does not show tokens issued after the time of the revocation", async () => {
    const shard = LEDGER.getByName("places until");
    const now = nowSeconds();
    const [before, after] = [await issue(shard, ["s"], now - 10), await issue(shard, ["s"], now)];
    await shard.hear([{ seq: 1, key: "s", before: now - 5, until: null }]);
    expect(await shard.revokedPlaces()).toEqual([before]);
    expect(await shard.revokedPlaces()).not.toContain(after);
    // Revoked further: the same key, with a number of its own.
    await shard.hear([{ seq: 2, key: "s", before: now, until: null }]);
    expect(await shard.revokedPlaces()).toEqual([before, after]);
  });

  test("does not show a revoked token that has expired and is not forgotten yet", async () => {
    const shard = LEDGER.getByName("places expired");
    await issue(shard, ["gone"], nowSeconds() - 20, -10);
    await shard.hear([{ seq: 1, key: "gone", before: null, until: null }]);
    expect(await shard.revokedPlaces()).toEqual([]);
    expect(await rowsOf(shard, "SELECT revoked FROM places")).toEqual([{ revoked: 1 }]);
  });

  test("is looked through in steps: tokens are issued and revoked between them, and none is missed", async () => {
    const shard = LEDGER.getByName("places in steps");
    const places = await Promise.all(Array.from({ length: 350 }, (_, i) => issue(shard, ["all", `k-${i}`])));
    await shard.hear([{ seq: 1, key: "all", before: nowSeconds(), until: null }]);
    const later = nowSeconds() + 1;
    const looks = [shard.revokedPlaces(), shard.revokedPlaces()];
    const issued = await Promise.all(Array.from({ length: 64 }, () => issue(shard, ["all"], later)));
    await shard.hear([{ seq: 2, key: "k-0", before: null, until: null }]);
    await shard.hear([{ seq: 3, key: "all", before: later, until: null }]);
    for (const look of looks) expect(await look).toEqual(expect.arrayContaining(places));
    const shown = await shard.revokedPlaces();
    expect(new Set(shown)).toEqual(new Set([...places, ...issued]));
    expect(shown).toHaveLength(350 + 64);
  });

  test("forgets tokens that have expired, with their keys", async () => {
    const shard = LEDGER.getByName("places forgotten");
    await issue(shard, ["gone"], nowSeconds() - 20, -10);
    await issue(shard, ["living"]);
    await runAlarm(shard);
    expect(await rowsOf(shard, "SELECT keys FROM places")).toEqual([{ keys: '["living"]' }]);
  });

  test("never assigns a place twice while its token may be valid", async () => {
    const shard = LEDGER.getByName("places once");
    const first = await issue(shard, ["a"], nowSeconds() - 20, -10);
    await runAlarm(shard);
    expect(await rowsOf(shard, "SELECT n FROM places")).toEqual([]);
    expect(await issue(shard, ["b"])).not.toBe(first);
  });

  test("compares each revocation once, however many there are", async () => {
    const shard = LEDGER.getByName("places looked");
    const many = Array.from({ length: 1000 }, (_, i) => ({ seq: i + 1, key: `k-${i}`, before: null, until: null }));
    await shard.hear(many);
    await shard.revokedPlaces();
    const mark = () => rowsOf(shard, "SELECT value FROM marks WHERE name = 'looked'");
    expect(await mark()).toEqual([{ value: 1000 }]);
    await rowsOf(shard, "UPDATE revoked SET key = 'late' WHERE key = 'k-1'");
    const place = await issue(shard, ["k-1"]);
    await shard.revokedPlaces();
    expect(await mark()).toEqual([{ value: 1000 }]);
    await shard.hear([{ seq: 1001, key: "k-1", before: null, until: null }]);
    expect(await shard.revokedPlaces()).toEqual([place]);
    expect(await mark()).toEqual([{ value: 1001 }]);
  });
});
