/** How many Durable Objects share the ledger, and for how long they keep it. */
import * as v from "valibot";

const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(256));

const Raise = v.strictObject({
  /** Tasks that begin after this time use the new number; earlier ones stay where they are. */
  from: v.pipe(
    v.union([v.date(), v.string()]),
    v.transform((time) => Math.floor(new Date(time).getTime() / 1000)),
    v.check((time) => Number.isFinite(time), "must be an ISO 8601 time"),
  ),
  shards: count,
});

export const LedgerFields = v.pipe(
  v.strictObject({
    /**
     * Number of Durable Objects that the tasks are spread over. One is fastest on one machine; several share the load
     * on Cloudflare.
     */
    shards: v.optional(count, 1),
    /** Later numbers, in order of time. */
    raised: v.optional(v.array(Raise), []),
    /** Days for which the shards keep entries; the archive keeps them permanently. */
    keep_days: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(3650)), 90),
  }),
  v.check(
    ({ raised }) => raised.every(({ from }, index) => from > (raised[index - 1]?.from ?? 0)),
    "must list its shards in order of time",
  ),
);
