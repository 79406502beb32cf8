/** The sums of all isolates. */
import { env, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { counted, observed } from "../../../worker/telemetry/series.ts";
import type { Totals } from "../../../worker/telemetry/totals.ts";

const namespace = (env as unknown as { TOTALS: DurableObjectNamespace<Totals> }).TOTALS;
const lost = counted("hopgate.comparisons.lost", {});

test("the counts of many isolates at once are summed without loss", async () => {
  const stub = namespace.getByName("many");
  const slow = observed("db.client.operation.duration", { "db.operation.name": "admit" }, 3);
  await Promise.all(Array.from({ length: 64 }, () => stub.add([lost, slow, slow])));
  const all = await stub.all();
  expect(all.map(({ name, sum }) => [name, sum])).toEqual([
    ["hopgate.comparisons.lost", 64],
    ["db.client.operation.duration", 384],
  ]);
  expect(all[1]?.buckets.reduce((sum, each) => sum + each, 0)).toBe(128);
});

test("sums survive a restart of the object", async () => {
  const stub = namespace.getByName("kept");
  await stub.add([lost, lost]);
  await runInDurableObject(stub, (_, ctx) => ctx.abort("start again")).catch(() => undefined);
  const again = namespace.getByName("kept");
  await again.add([lost]);
  expect(await again.all()).toMatchObject([{ sum: 3 }]);
});
