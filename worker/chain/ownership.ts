/** Who answers for each actor of a chain, by the registry (docs/workloads.md, Who answers for it). */
import { HopError } from "../errors.ts";
import type { KnownName, NameProver } from "./names/prove.ts";
import { isInForce, type Ownership } from "./names/workload.ts";
import { isSameParty, workloadParty } from "./party.ts";
import type { Actor, ChainFacts, Ended } from "./types.ts";

/** What the registry says about a name, and until when that is accepted, in milliseconds since the epoch. */
type Known = Omit<KnownName, "proof">;

/**
 * What the registry says about every actor's name, origin first. Undefined for names that an issuer answers for: they
 * are not names of the registry, even if the text is the same.
 *
 * @param keys the proofs of the keys of the root and of each later hop
 * @throws Error if KV cannot be read
 */
export function readEntries(
  actors: readonly Actor[],
  keys: readonly (KnownName | undefined)[],
  { names, registry }: { readonly names: Pick<NameProver, "owner">; readonly registry: string },
): Promise<(Known | undefined)[]> {
  const first = actors.length - keys.length;
  return Promise.all(
    actors.map(async (actor, index) => {
      const isOfRegistry = actor.proof === "told" || isSameParty(actor, workloadParty(actor.sub, registry));
      if (!isOfRegistry) return undefined;
      return keys[index - first] ?? names.owner(actor.sub);
    }),
  );
}

/** Who answers for each actor. A child has the owner of its delegator; a told name has none. */
export function ownershipOfActors(
  actors: readonly Actor[],
  entries: readonly (Known | undefined)[],
): (Ownership | undefined)[] {
  const owners: (Ownership | undefined)[] = [];
  for (const [index, { proof }] of actors.entries()) {
    const own = proof === "told" ? undefined : entries[index]?.ownership;
    owners.push(own ?? (proof === "child" ? owners[index - 1] : undefined));
  }
  return owners;
}

/**
 * The first actor whose registration is disabled or has expired. Told names count too, so that a delegator cannot bring
 * such a name back.
 */
export function firstEnded(entries: readonly (Known | undefined)[], now: number): Ended | undefined {
  const index = entries.findIndex((entry) => entry?.ownership !== undefined && !isInForce(entry.ownership, now));
  if (index < 0) return undefined;
  return { index, rule: entries[index]?.ownership?.disabled ? "actor_disabled" : "actor_expired" };
}

/**
 * The first actor whose registration has ended since the chain was verified, according to what is known here of the
 * registry.
 *
 * @throws Error if KV cannot be read
 */
export async function endedSince(
  actors: readonly Actor[],
  edges: { readonly names: Pick<NameProver, "owner">; readonly registry: string },
  now: number,
): Promise<Ended | undefined> {
  return firstEnded(await readEntries(actors, [], edges), now);
}

/** The hop that names an actor. */
function hopOf(index: number, { actors, hops }: Pick<ChainFacts, "actors" | "hops">): number {
  return Math.max(0, index - (actors.length - hops.length));
}

/** @throws HopError `actor_disabled` or `actor_expired`, with the hop that names the actor */
export function requireInForce(facts: Pick<ChainFacts, "actors" | "hops" | "ended">): void {
  if (facts.ended === undefined) return;
  throw new HopError(facts.ended.rule, { hop: hopOf(facts.ended.index, facts), member: "sub" });
}

/** @throws HopError `actor_unowned`, with the hop that names the actor without an owner */
export function requireOwned(facts: Pick<ChainFacts, "actors" | "hops" | "ownership">): void {
  const index = facts.ownership.indexOf(undefined);
  if (index >= 0) throw new HopError("actor_unowned", { hop: hopOf(index, facts), member: "sub" });
}
