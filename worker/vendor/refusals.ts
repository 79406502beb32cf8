/**
 * When a vendor's answer means that the access token is refused, and how often the gateway acts on it. Callers may be
 * able to make a vendor answer 401, so the status alone is not enough, and a refusal renews the token only a few times
 * a minute. Pure.
 */

/** Most times in a minute that a credential is replaced because a vendor refuses it. */
const MOST = 5;
const MINUTE_MS = 60_000;

/** Counted refusals of one credential: their number, and since when, in milliseconds since the epoch. */
export interface Refusals {
  readonly since: number;
  readonly count: number;
}

export const NO_REFUSALS: Refusals = { since: 0, count: 0 };

/** @param now milliseconds since the epoch @returns undefined if the limit for the last minute is reached */
export function countRefusal({ since, count }: Refusals, now: number): Refusals | undefined {
  if (now - since >= MINUTE_MS) return { since: now, count: 1 };
  return count < MOST ? { since, count: count + 1 } : undefined;
}

/** A token with its value, or a separator (RFC 9110, section 11.6.1). */
const PIECE = /([!#$%&'*+.^_`|~\w-]+)(?:[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"|[!#$%&'*+.^_`|~\w-]+))?|[ \t,]+/gy;

/**
 * Whether a challenge for bearer tokens says `error="invalid_token"` (RFC 6750, section 3.1). False if it cannot be
 * parsed.
 */
export function saysInvalidToken(headers: Headers): boolean {
  const field = headers.get("www-authenticate") ?? "";
  let scheme = "";
  let end = 0;
  let isSaid = false;
  for (const [piece, name, value] of field.matchAll(PIECE)) {
    end += piece.length;
    if (name === undefined) continue;
    if (value === undefined) scheme = name.toLowerCase();
    else if (scheme === "bearer" && name.toLowerCase() === "error")
      isSaid ||= value.replaceAll('"', "") === "invalid_token";
  }
  return isSaid && end === field.length;
}
