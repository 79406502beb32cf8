/** Actors as nested claims. Pure. */
import type { ActClaim, Actor } from "../types.ts";

/** Last actor outermost, each by `sub` and `iss` alone (RFC 8693, section 4.1). */
export function nestActors(actors: readonly [Actor, ...Actor[]]): ActClaim {
  const [origin, ...later] = actors;
  return later.reduce<ActClaim>((act, { sub, iss }) => ({ sub, iss, act }), { sub: origin.sub, iss: origin.iss });
}
