/** Actors as nested `act` claims (RFC 8693, section 4.1): written and read only here. Pure. */
import type { Party } from "./party.ts";

/** The last actor outermost, each with authority and name only. */
export interface ActClaim extends Party {
  readonly act?: ActClaim;
}

/** An actor as a token names it; its issuer may not say who answers for the name. */
export interface NamedActor {
  readonly sub: string;
  readonly iss: string | undefined;
}

/** @param actors origin first */
export function nestActors(actors: readonly [Party, ...Party[]]): ActClaim {
  const [origin, ...later] = actors;
  return later.reduce<ActClaim>((act, { sub, iss }) => ({ sub, iss, act }), { sub: origin.sub, iss: origin.iss });
}

/**
 * The actors of an `act` claim, origin first; none without the claim.
 *
 * @param act as the core has accepted it: its form is checked at every depth (docs/chain.md)
 */
export function readActors(act: unknown): NamedActor[] {
  const actors: NamedActor[] = [];
  for (let each = act as Nested | undefined; each !== undefined; each = each.act) {
    actors.unshift({ sub: each.sub, iss: each.iss });
  }
  return actors;
}

interface Nested {
  readonly sub: string;
  readonly iss?: string;
  readonly act?: Nested;
}
