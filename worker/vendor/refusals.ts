/**
 * When a vendor's answer says that the access token is over, and how often the gateway acts on that. Any caller may be able to make a
 * vendor answer 401, so a status alone says nothing of the token, and what is said of it renews it a few times a minute only. Pure.
 */

/** Times in a minute that a credential is given up for another because a vendor refuses it. */
const MOST = 5;
const MINUTE_MS = 60_000;

/** Refusals of one credential that were acted on: since when, in milliseconds since the epoch, and how many. */
export interface Refusals {
  readonly since: number;
  readonly count: number;
}

export const NO_REFUSALS: Refusals = { since: 0, count: 0 };

/** @param now milliseconds since the epoch @returns undefined where as many were acted on in the last minute as may be */
export function countRefusal({ since, count }: Refusals, now: number): Refusals | undefined {
  if (now - since >= MINUTE_MS) return { since: now, count: 1 };
  return count < MOST ? { since, count: count + 1 } : undefined;
}

/** A token, with what is assigned to it, or a separator (RFC 9110, section 11.6.1). */
const PIECE = /([!#$%&'*+.^_`|~\w-]+)(?:[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"|[!#$%&'*+.^_`|~\w-]+))?|[ \t,]+/gy;

/** Whether a challenge for bearer tokens says `error="invalid_token"` (RFC 6750, section 3.1). What cannot be read says nothing. */
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
