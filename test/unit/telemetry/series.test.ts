/** Sums of what was measured: by attributes, bounded, whole after they were handed on. */
import { describe, expect, test } from "vitest";
import { createHandingOn, type TotalsEdges } from "../../../worker/telemetry/hand-on.ts";
import { BOUNDS } from "../../../worker/telemetry/instruments.ts";
import { createMeter } from "../../../worker/telemetry/meter.ts";
import { prometheusText } from "../../../worker/telemetry/prometheus.ts";
import { counted, countOf, createRegister, keyOf, observed, type Series } from "../../../worker/telemetry/series.ts";

const act = (kind: string) => counted("hopgate.acts", { "hopgate.act": kind });

describe("a histogram", () => {
  test("counts each value in the first bucket whose bound it does not exceed, else in the last", () => {
    for (const [index, bound] of BOUNDS.entries())
      expect(observed("db.client.operation.duration", {}, bound).buckets.indexOf(1)).toBe(index);
    expect(observed("db.client.operation.duration", {}, 11).buckets.indexOf(1)).toBe(BOUNDS.length);
  });

  test("is written with buckets that add up, its sum and its count", () => {
    const register = createRegister(10);
    for (const seconds of [0.004, 0.004, 3, 20]) register.add(observed("db.client.operation.duration", {}, seconds));
    const lines = prometheusText(register.all(), []).split("\n");
    expect(lines).toContain('db_client_operation_duration_seconds_bucket{le="0.005"} 2');
    expect(lines).toContain('db_client_operation_duration_seconds_bucket{le="10"} 3');
    expect(lines).toContain('db_client_operation_duration_seconds_bucket{le="+Inf"} 4');
    expect(lines).toContain("db_client_operation_duration_seconds_sum 23.008");
    expect(lines).toContain("db_client_operation_duration_seconds_count 4");
  });
});

describe("a register", () => {
  test("finds a series whatever the order of its attributes", () => {
    const [a, b] = [
      counted("hopgate.cache.lookups", { "hopgate.cache": "chain", "hopgate.cache.result": "hit" }),
      counted("hopgate.cache.lookups", { "hopgate.cache.result": "hit", "hopgate.cache": "chain" }),
    ];
    expect(keyOf(a)).toBe(keyOf(b));
  });

  test("keeps only so many series separately, and loses no count", () => {
    const register = createRegister(3);
    for (let index = 0; index < 1000; index++) register.add(act(`invented-${index}`));
    const all = register.all();
    expect(all.length).toBe(4);
    expect(all.at(-1)).toMatchObject({ attributes: { "otel.metric.overflow": "true" }, sum: 997 });
    expect(all.reduce((sum, each) => sum + each.sum, 0)).toBe(1000);
  });
});

test("a label holds a quote, a backslash and a line break as Prometheus writes them", () => {
  expect(prometheusText([act('a"b\\c\nd')], [])).toContain('hopgate_acts_total{hopgate_act="a\\"b\\\\c\\nd"} 1\n');
});

describe("the counts", () => {
  const edges = (add: TotalsEdges["add"]): TotalsEdges => ({
    add,
    sleep: async () => undefined,
    waitUntil: () => undefined,
    now: () => 0,
  });

  test("are sent once, and kept if they cannot be sent", async () => {
    const register = createRegister(10);
    const handingOn = createHandingOn(register);
    createMeter([register]).count("hopgate.comparisons.lost");
    const down = edges(() => Promise.reject(new Error("down")));
    await expect(handingOn.now(down)).rejects.toThrow("down");
    createMeter([register]).count("hopgate.comparisons.lost");
    const taken: Series[] = [];
    const up = edges(async (series) => void taken.push(...series));
    await Promise.all([handingOn.now(up), handingOn.now(up)]);
    expect(taken.map(({ sum }) => sum)).toEqual([2]);
  });

  test("go to every sink, and each drains its own", () => {
    const [one, other] = [createRegister(10), createRegister(10)];
    createMeter([one, other]).observe("db.client.operation.duration", { "error.type": undefined }, 5);
    expect(one.drain().map(countOf)).toEqual([1]);
    expect(one.drain()).toEqual([]);
    expect(other.all()).toMatchObject([{ attributes: {}, sum: 0.005 }]);
  });
});
