/** The actors of a chain: who answers for each name, and how it is known (docs/workloads.md). Pure. */

import type { ChainHop } from "../../wasm/core.ts";
import { HopError } from "../errors.ts";
import { type NamedActor, readActors } from "./act.ts";
import { isProven, type KeyVerdict } from "./names/proof.ts";
import { type Party, partyId, toldParty, workloadParty } from "./party.ts";
import type { Actor, Root } from "./types.ts";

/** Proofs by key: of the root's last actor (0), and of the delegate of each later hop. */
export type KeyProofs = readonly KeyVerdict[];

/**
 * Origin first, caller last.
 *
 * @param proofs what registry, Workload Identity Token or metadata document prove of each hop's key
 */
export function actorsOf(
  hops: readonly [ChainHop, ...ChainHop[]],
  root: Root,
  proofs: KeyProofs,
  registry: string,
): [Actor, ...Actor[]] {
  const actors = rootActors(root, proofs[0], registry);
  for (const [index, hop] of hops.slice(1).entries()) {
    actors.push(delegateOf(hop, actors.at(-1) as Actor, proofs[index + 1], registry));
  }
  return actors;
}

/** The sender of the request: the last actor. */
export function callerOf<A extends Party>({ actors }: { readonly actors: readonly [A, ...A[]] }): A {
  return actors[actors.length - 1] as A;
}

/**
 * Who answers for what an actor does: the nearest actor up the chain whose name its delegator could not invent. Limits
 * by name count by this actor, because a workload can invent any number of children.
 *
 * @param actors origin first, up to the actor that is meant
 */
export function answerableOf(actors: readonly [Actor, ...Actor[]]): Actor {
  return actors.findLast(({ proof }) => proof !== "child" && proof !== "told") ?? actors[0];
}

/**
 * The actors that a root names, origin first: its nested `act` chain, else what the issuer's entry says, else its client,
 * else the subject itself, a workload that acts for no one.
 */
export function namedActors({ claims, mapped }: Root): [NamedActor, ...NamedActor[]] {
  const [first, ...rest] = readActors(claims["act"]);
  if (first !== undefined) return [first, ...rest];
  const sub = (mapped.actor ?? claims["client_id"] ?? claims["azp"] ?? claims["sub"]) as string;
  return [{ sub, iss: undefined }];
}

/**
 * The gateway has written its own tokens from what it knew. In another issuer's token every actor is only stated by
 * that issuer, whatever issuer `act` names, unless the token's key proves the last one.
 */
function rootActors(root: Root, proof: KeyProofs[number], registry: string): [Actor, ...Actor[]] {
  const named = namedActors(root);
  const actors = named.map(({ sub, iss }, index): Actor => {
    if (root.own !== undefined) return { sub, iss: iss ?? registry, proof: root.own.proofs[index] ?? "told" };
    const isLast = index === named.length - 1;
    if (isLast && isProven(proof)) return { ...workloadParty(sub, registry), proof };
    if (isLast && proof === "refused") return { ...toldParty(root.authority, sub), proof: "told" };
    return { ...root.partyOf(sub, iss), proof: "stated" };
  });
  return actors as [Actor, ...Actor[]];
}

function delegateOf(hop: ChainHop, delegator: Actor, proof: KeyProofs[number], registry: string): Actor {
  const sub = hop.claims["sub"] as string;
  if (isProven(proof)) return { ...workloadParty(sub, registry), proof };
  // An actor may give names below its own, unless the registry has them; an actor whose own name was only told may not.
  // The core compares with the name that signs, which an issuer's mapped claim replaces.
  const isOwn = hop.isChild && hop.claims["iss"] === delegator.sub && delegator.proof !== "told" && proof === undefined;
  if (isOwn) return { sub, iss: delegator.iss, proof: "child" };
  return { ...toldParty(partyId(delegator), sub), proof: "told" };
}

/** @throws HopError `actor_unproven`, with the hop that states the name */
export function requireProven({
  actors,
  hops,
}: {
  readonly actors: readonly Actor[];
  readonly hops: readonly unknown[];
}): void {
  const index = actors.findIndex(({ proof }) => proof === "told");
  if (index < 0) return;
  const rooted = actors.length - (hops.length - 1);
  throw new HopError("actor_unproven", { hop: Math.max(0, index - rooted + 1), member: "sub" });
}
