/**
 * How the gateway knows that a key belongs to a name: it is registered, attested by a trust domain, or published by
 * the name's own host; asked in this order, the first proof counts. What was found is remembered for a bounded time, so
 * that a chain seen before costs no store.
 */
import { toBase64url } from "../../../wasm/core.ts";
import type { Config } from "../../config.ts";
import { type AttestedEdges, attestedUntil } from "./attested.ts";
import { createMemory } from "./memory.ts";
import type { KeyProof } from "./proof.ts";
import { createPublished } from "./published.ts";
import { createRegistered, type RegisteredEdges } from "./registered.ts";

export interface KeyClaim {
  readonly name: string;
  /** RFC 7638 thumbprint. */
  readonly thumbprint: string | undefined;
  /** Workload Identity Token that came with the key. */
  readonly wit?: string | undefined;
}

/** What the configuration says of names. */
export interface NameOptions extends Pick<Config, "names" | "issuers"> {
  readonly gateway: Pick<Config["gateway"], "clock_skew">;
}

/** What is known of a key and a name, and until when it is believed. */
export interface KnownName {
  /** Undefined where nothing proves that the key belongs to the name; "refused" where nothing can: the name is disabled. */
  readonly proof: KeyProof | "refused" | undefined;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

export interface NameProver {
  /**
   * How the key is known to belong to the name.
   *
   * @throws Error where that cannot be known now, such as while a store is down
   */
  prove(claim: KeyClaim): Promise<KnownName>;
  /** Asks anew for this name, which has changed in the registry. */
  forget(name: string): void;
}

export interface NameEdges extends RegisteredEdges, AttestedEdges {
  sha256(bytes: Uint8Array): Uint8Array;
}

/** What was found; `ends` is when it holds no longer, however long it may be remembered. */
interface Found extends Pick<KnownName, "proof"> {
  readonly ends?: number;
}

const MOST_PAIRS = 10_000;
const MOST_LISTS = 1_000;
const UNPROVEN_MS = 5_000;

export function createNameProver({ names, issuers, gateway }: NameOptions): (edges: NameEdges) => NameProver {
  const remembered = createMemory<KnownName>(MOST_PAIRS);
  const registered = createRegistered(MOST_LISTS);
  const published = createPublished(names.published_hosts, MOST_LISTS);

  async function find(
    name: string,
    thumbprint: string | undefined,
    wit: string | undefined,
    edges: NameEdges,
  ): Promise<Found> {
    const registry = await registered(name, thumbprint, edges);
    if (registry === "proven") return { proof: "registered" };
    // A name that was disabled is proven in no other way either.
    if (registry === "refused") return { proof: "refused" };
    if (thumbprint === undefined) return { proof: undefined };
    const ends = wit && (await attestedUntil({ name, thumbprint, wit }, { issuers, skew: gateway.clock_skew }, edges));
    if (ends) return { proof: "attested", ends };
    return { proof: (await published(name, thumbprint, edges)) ? "published" : undefined };
  }

  return (edges) => ({
    async prove({ name, thumbprint, wit }) {
      // By the token too: one may prove what another did not.
      const token = wit === undefined ? "" : ` ${toBase64url(edges.sha256(new TextEncoder().encode(wit)))}`;
      const key = `${thumbprint ?? ""}${token} ${name}`;
      const known = remembered.get(key, edges.now());
      if (known !== undefined) return known;
      const { proof, ends = Number.POSITIVE_INFINITY } = await find(name, thumbprint, wit, edges);
      const life = proof === undefined || proof === "refused" ? UNPROVEN_MS : names.refresh * 1000;
      const found = { proof, until: Math.min(edges.now() + life, ends) };
      remembered.set(key, found, found.until);
      return found;
    },
    forget: (name) => remembered.forget((key) => key.endsWith(` ${name}`)),
  });
}
