/**
 * The facts of a verified request that can be new for its caller: the pairs of actors above it, actors without an
 * owner, the route, the country, the client, the key. Pure.
 */
import { toBase64url } from "../../wasm/core.ts";
import { answerableOf } from "../chain/actors.ts";
import { partyId } from "../chain/party.ts";
import type { Actor, ChainFacts } from "../chain/types.ts";

export interface Fact {
  readonly kind: "pair" | "unowned" | "route" | "country" | "client" | "key";
  /** For people to read. */
  readonly what: string;
  /** base64url(SHA-256) of both, which is what is stored, so that every fact has the same size. */
  readonly digest: string;
}

/** All facts of one request. */
export interface Facts {
  /**
   * Owner of the facts: children and told names count as the party that answers for them, so that an invented name is
   * not new.
   */
  readonly caller: string;
  readonly facts: readonly Fact[];
  /** Delegations after the origin workload. */
  readonly depth: number;
}

type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** @param place the route's id, and the country if known */
export function factsOf(
  { actors, hops, root, ownership }: Pick<ChainFacts, "actors" | "hops" | "root" | "ownership">,
  place: { readonly route: string; readonly country: string | undefined },
  sha256: Sha256,
): Facts {
  const fact = (kind: Fact["kind"], what: string): Fact => ({
    kind,
    what,
    digest: toBase64url(sha256(new TextEncoder().encode(JSON.stringify([kind, what])))),
  });
  const client = root.claims["client_id"] ?? root.claims["azp"];
  const key = keyOf(actors, hops);
  return {
    caller: partyId(answerableOf(actors)),
    facts: [
      ...pairsOf(actors).map((pair) => fact("pair", pair)),
      ...unownedOf(actors, ownership).map((name) => fact("unowned", name)),
      fact("route", place.route),
      ...(place.country === undefined ? [] : [fact("country", place.country)]),
      ...(typeof client === "string" ? [fact("client", `${client} of ${root.issuer}`)] : []),
      ...(key === undefined ? [] : [fact("key", key)]),
    ],
    depth: actors.length - 1,
  };
}

/** Each delegator with its delegate, if both answer for themselves. */
function pairsOf(actors: ChainFacts["actors"]): string[] {
  const known = actors.map((_, index) => partyId(answerableOf(actors.slice(0, index + 1) as [Actor])));
  const pairs = known
    .slice(1)
    .flatMap((delegate, index) => (delegate === known[index] ? [] : [`${known[index]} -> ${delegate}`]));
  return [...new Set(pairs)];
}

/**
 * Actors without an owner. Told names and children count as their delegator's, because it can invent any number of
 * them.
 */
function unownedOf(actors: ChainFacts["actors"], ownership: ChainFacts["ownership"]): string[] {
  const names = actors.flatMap(({ proof }, index) => {
    if (ownership[index] !== undefined) return [];
    const answerable = partyId(answerableOf(actors.slice(0, index + 1) as [Actor]));
    return [proof === "told" ? `a name that ${answerable} tells` : answerable];
  });
  return [...new Set(names)];
}

/** Of the party that answers for the caller, because children can have any number of keys. The root's key is that of the last actor it names. */
function keyOf(actors: ChainFacts["actors"], hops: ChainFacts["hops"]): string | undefined {
  const fromEnd = actors.length - 1 - actors.indexOf(answerableOf(actors));
  return hops[hops.length - 1 - fromEnd]?.thumbprint;
}
