/** `[signs]`: what is new, and how long it is remembered what was there before (docs/signs.md). */
import * as v from "valibot";
import { seconds, time } from "./fields.ts";

const days = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

export const Signs = v.pipe(
  v.strictObject({
    /** Until then everything is remembered, and nothing is a sign. */
    quiet_until: v.optional(time),
    /** Days after which a key that is used again is one that slept. */
    sleep_days: v.optional(days(1, 365), 30),
    /** Days for which it is remembered what a caller had. */
    keep_days: v.optional(days(2, 730), 180),
    /** What is remembered of one caller; beyond it, what was there longest ago is forgotten. */
    most: v.optional(v.pipe(v.number(), v.integer(), v.minValue(10), v.maxValue(10_000)), 1000),
    /** Denials of a caller within so many seconds that are a burst. */
    denials: v.optional(
      v.strictObject({
        count: v.pipe(v.number(), v.integer(), v.minValue(1)),
        seconds: seconds(10, 86_400),
      }),
      { count: 20, seconds: 600 },
    ),
    /** Header in which the proxy in front says the country; without one it is what Cloudflare says. */
    country_header: v.optional(
      v.pipe(v.string(), v.toLowerCase(), v.regex(/^[a-z0-9-]{1,64}$/, "must be the name of a header")),
    ),
  }),
  v.check(
    ({ keep_days, sleep_days }) => keep_days > sleep_days,
    "forgets keys before they have slept: keep_days must be more than sleep_days",
  ),
);
export type SignSettings = v.InferOutput<typeof Signs>;

/** Of a gateway without `[signs]`. */
export const SIGN_DEFAULTS: SignSettings = v.parse(Signs, {});
