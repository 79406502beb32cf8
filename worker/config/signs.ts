/** `[signs]`: what counts as new for a caller, and how long earlier behaviour is remembered (docs/signs.md). */
import * as v from "valibot";
import { seconds, time } from "./fields.ts";

const days = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

export const Signs = v.pipe(
  v.strictObject({
    /** Until then everything is only remembered, and nothing is a sign. */
    quiet_until: v.optional(time),
    /** Days without use after which a key counts as dormant. */
    sleep_days: v.optional(days(1, 365), 30),
    /** Days for which a caller's values are remembered. */
    keep_days: v.optional(days(2, 730), 180),
    /** Most values that are remembered of one caller; beyond it, the oldest is forgotten. */
    most: v.optional(v.pipe(v.number(), v.integer(), v.minValue(10), v.maxValue(10_000)), 1000),
    /** Number of denials of a caller, within so many seconds, that is a burst. */
    denials: v.optional(
      v.strictObject({
        count: v.pipe(v.number(), v.integer(), v.minValue(1)),
        seconds: seconds(10, 86_400),
      }),
      { count: 20, seconds: 600 },
    ),
    /** Header in which the proxy in front sends the country; without one, Cloudflare's value is used. */
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

/** The values of a gateway without `[signs]`. */
export const SIGN_DEFAULTS: SignSettings = v.parse(Signs, {});
