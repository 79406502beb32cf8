/**
 * How the gateway knows that a key belongs to a name: it is registered, attested by a trust domain, or published by the
 * name's own host. They are tried in this order; the first proof counts. The result is remembered for a bounded time,
 * so that a repeated chain needs no store.
 */
import { toBase64url } from "../../../wasm/core.ts";
import type { Config } from "../../config.ts";
import { type AttestedEdges, attestedUntil } from "./attested.ts";
import { createMemory } from "./memory.ts";
import { isProven, type KeyVerdict } from "./proof.ts";
import { createPublished } from "./published.ts";
import { createRegistered, type RegisteredEdges } from "./registered.ts";
import { readOwnership } from "./registry.ts";
import { endOf, type Ownership } from "./workload.ts";

export interface KeyClaim {
  readonly name: string;
  /** RFC 7638 thumbprint. */
  readonly thumbprint: string | undefined;
  /** The Workload Identity Token that was sent with the key. */
  readonly wit?: string | undefined;
}

/** The section `[names]` of the configuration. */
export interface NameOptions extends Pick<Config, "names" | "issuers"> {
  readonly gateway: Pick<Config["gateway"], "clock_skew">;
}

/** The proof of a key and a name, and until when it is accepted. */
export interface KnownName {
  readonly proof: KeyVerdict;
  /** Who answers for the name, whatever the key; undefined if it is not registered. */
  readonly ownership: Ownership | undefined;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

export interface NameProver {
  /**
   * How the key is known to belong to the name.
   *
   * @throws Error if that cannot be known now, such as while a store is down
   */
  prove(claim: KeyClaim): Promise<KnownName>;
  /** Who answers for a name that was sent without a key. @throws Error if KV cannot be read */
  owner(name: string): Promise<Omit<KnownName, "proof">>;
  /** Forgets this name, because its registration has changed. */
  forget(name: string): void;
}

export interface NameEdges extends RegisteredEdges, AttestedEdges {
  sha256(bytes: Uint8Array): Uint8Array;
}

/** The result; `ends` is when it stops being true, however long it may be remembered. */
interface Found extends Pick<KnownName, "proof" | "ownership"> {
  readonly ends?: number;
}

const MOST_PAIRS = 10_000;
const MOST_LISTS = 1_000;
const UNPROVEN_MS = 5_000;

export function createNameProver({ names, issuers, gateway }: NameOptions): (edges: NameEdges) => NameProver {
  const remembered = createMemory<KnownName>(MOST_PAIRS);
  const owners = createMemory<Omit<KnownName, "proof">>(MOST_PAIRS);
  const registered = createRegistered(MOST_LISTS);
  const publishedUntil = createPublished(names.published_hosts, MOST_LISTS);

  async function find(
    name: string,
    thumbprint: string | undefined,
    wit: string | undefined,
    edges: NameEdges,
  ): Promise<Found> {
    const registry = await registered(name, thumbprint, edges);
    const { ownership } = registry;
    if (registry.is === "proven") return { proof: "registered", ownership, ends: registry.ends };
    // A disabled name is not proven in any other way.
    if (registry.is === "refused") return { proof: "refused", ownership };
    const unproven = { proof: registry.is === "others" ? ("others" as const) : undefined, ownership };
    if (thumbprint === undefined) return unproven;
    const ends = wit && (await attestedUntil({ name, thumbprint, wit }, { issuers, skew: gateway.clock_skew }, edges));
    if (ends) return { proof: "attested", ownership, ends };
    const listed = await publishedUntil(name, thumbprint, edges);
    return listed === undefined ? unproven : { proof: "published", ownership, ends: listed };
  }

  return (edges) => ({
    async prove({ name, thumbprint, wit }) {
      // The token is part of the key: one token may prove what another did not.
      const token = wit === undefined ? "" : toBase64url(edges.sha256(new TextEncoder().encode(wit)));
      const key = JSON.stringify([thumbprint ?? "", token, name]);
      const known = remembered.get(key, edges.now());
      if (known !== undefined) return known;
      const { proof, ownership, ends = Number.POSITIVE_INFINITY } = await find(name, thumbprint, wit, edges);
      const life = isProven(proof) ? names.refresh * 1000 : UNPROVEN_MS;
      const found = { proof, ownership, until: untilOf(ownership, Math.min(edges.now() + life, ends), edges.now()) };
      remembered.set(key, found, found.until);
      return found;
    },
    async owner(name) {
      const known = owners.get(name, edges.now());
      if (known !== undefined) return known;
      const ownership = await readOwnership(edges.kv, name);
      const found = { ownership, until: untilOf(ownership, edges.now() + names.refresh * 1000, edges.now()) };
      owners.set(name, found, found.until);
      return found;
    },
    forget: (name) => {
      owners.forget((key) => key === name);
      remembered.forget((key) => (JSON.parse(key) as string[])[2] === name);
    },
  });
}

/** Milliseconds since the epoch: a result from the registry ends with the registration. */
function untilOf(ownership: Ownership | undefined, until: number, now: number): number {
  const end = ownership === undefined ? Number.POSITIVE_INFINITY : endOf(ownership);
  return end > now ? Math.min(until, end) : until;
}
