/** Signs: what is new or unusual in a valid request (docs/signs.md). Pure. */
import type { SignSettings } from "../config.ts";
import type { Facts } from "./fact.ts";

export const SIGNS = [
  "new_pair",
  "no_owner",
  "new_route",
  "new_country",
  "new_client",
  "slept",
  "deeper",
  "denials",
] as const;
export type SignName = (typeof SIGNS)[number];

export interface Sign {
  readonly sign: SignName;
  /** What is new, or when it was last seen, for people to read. */
  readonly what: string;
}

/** What was seen before of one caller. */
export interface Known {
  /** When each fact was last seen, by its digest, in milliseconds since the epoch. */
  readonly last: Readonly<Record<string, number>>;
  /** The deepest chain that led to the caller; undefined if there was none. */
  readonly depth: number | undefined;
  /** When its denials last became a burst, in milliseconds since the epoch; 0 if never. */
  readonly burst: number;
}

const NEW = {
  pair: "new_pair",
  unowned: "no_owner",
  route: "new_route",
  country: "new_country",
  client: "new_client",
} as const;
const DAY_MS = 24 * 3600 * 1000;

/**
 * The signs of a request, compared with what was seen before.
 *
 * @param now milliseconds since the epoch
 */
export function signsOf({ facts, depth }: Facts, known: Known, settings: SignSettings, now: number): Sign[] {
  const { quiet_until: quiet, sleep_days: days, denials } = settings;
  if (quiet !== undefined && now < quiet) return [];
  const signs = facts.flatMap(({ kind, what, digest }): Sign[] => {
    const last = known.last[digest];
    if (kind !== "key") return last === undefined ? [{ sign: NEW[kind], what }] : [];
    // A key that was forgotten counts as new; that it is the caller's was proven.
    if (last === undefined || now - last < days * DAY_MS) return [];
    return [{ sign: "slept", what: `not used since ${new Date(last).toISOString()}` }];
  });
  if (known.depth !== undefined && depth > known.depth)
    signs.push({ sign: "deeper", what: `${depth} delegations, ${known.depth} before` });
  if (now - known.burst < denials.seconds * 1000) signs.push({ sign: "denials", what: burstText(settings) });
  return signs;
}

export function burstText({ denials: { count, seconds } }: SignSettings): string {
  return `denied ${count} times within ${seconds} s`;
}
