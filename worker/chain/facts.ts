/**
 * What a verified chain says: its subject, its actors and how each name is known, and its task. An isolate remembers
 * this with the core's verdict, so that a repeated chain costs no look-up.
 */

import { type AcceptedChain, type ChainHop, type Core, toBase64url } from "../../wasm/core.ts";
import type { Config, Issuer } from "../config.ts";
import { HopError } from "../errors.ts";
import { actorsOf, namedActors } from "./actors.ts";
import type { KeyClaim, KnownName, NameProver } from "./names/prove.ts";
import { firstEnded, ownershipOfActors, readEntries } from "./ownership.ts";
import { planOf } from "./plan.ts";
import { purposeOf } from "./purpose.ts";
import { authorityOf, lineageFrom } from "./revocation.ts";
import { readRoot } from "./root.ts";
import { subjectOf } from "./subject.ts";
import { taskOf } from "./task.ts";
import type { ChainFacts, Root } from "./types.ts";

export interface Understanding {
  readonly config: Pick<Config, "gateway" | "issuers" | "names">;
  readonly core: Pick<Core, "sha256">;
  readonly names: NameProver;
  /** Called at every look-up with whether the chain was remembered. */
  looked?(hit: boolean): void;
  /** Milliseconds since the epoch. */
  now(): number;
}

export interface FactsReader {
  /** Reads the facts of a chain that the core has accepted. Rejects with HopError. */
  read(chain: string, verdict: AcceptedChain, edges: Understanding): Promise<ChainFacts>;
  /** Forgets everything, because what proves a name has changed. */
  forget(): void;
}

interface Known {
  readonly facts: ChainFacts;
  /** Milliseconds since the epoch: until then every name of the chain is accepted. */
  readonly until: number;
}

/** Made once per isolate. */
export function createFactsReader(): FactsReader {
  let known = new WeakMap<AcceptedChain, Known>();
  return {
    async read(chain, verdict, edges) {
      const before = known.get(verdict);
      const hit = before !== undefined && edges.now() < before.until;
      edges.looked?.(hit);
      if (hit) return before.facts;
      const found = await readFacts(chain, verdict, edges);
      known.set(verdict, found);
      return found.facts;
    },
    forget() {
      known = new WeakMap();
    },
  };
}

/** @throws HopError `root_refused`, `txn_reserved`, `purpose_malformed`, `task_context_changed`, `names_unavailable` */
async function readFacts(chain: string, { hops, issuer }: AcceptedChain, edges: Understanding): Promise<Known> {
  const { config, core, names } = edges;
  const registry = config.gateway.id;
  // The gateway's own keys come after those of the configuration.
  const entry: Issuer | undefined = config.issuers[issuer];
  const root = readRoot(hops[0].claims, entry, registry);
  const proven = await proveKeys(hops, root, names);
  const proofs = proven.map((each) => each?.proof);
  const actors = actorsOf(hops, root, proofs, registry);
  const entries = await orUnavailable(readEntries(actors, proven, { names, registry }));
  const { party, ...subjectNames } = subjectOf(root);
  const leaf = hops[hops.length - 1] as ChainHop;
  const read = {
    hops,
    hash: toBase64url(core.sha256(new TextEncoder().encode(chain))),
    root,
    subject: party,
    subjectNames,
    actors,
    ownership: ownershipOfActors(actors, entries),
    ended: firstEnded(entries, edges.now()),
    task: taskOf(hops, root, actors, core.sha256),
    tctx: hops.map(({ claims }) => claims["tctx"]).find((tctx) => tctx !== undefined) as ChainFacts["tctx"],
    purpose: purposeOf(hops, root, actors),
    plan: planOf(hops, root, actors),
    scopes: leaf.scopes,
    expires: leaf.claims["exp"] as number,
  };
  const facts: ChainFacts = { ...read, authority: authorityOf(read), lineage: lineageFrom(read, core.sha256) };
  return { facts, until: Math.min(...[...proven, ...entries].map((each) => each?.until ?? Number.POSITIVE_INFINITY)) };
}

/** The key that a hop names belongs to its delegate; the root's to the last actor that it names. */
async function proveKeys(hops: ChainFacts["hops"], root: Root, names: NameProver): Promise<(KnownName | undefined)[]> {
  const holder = namedActors(root).at(-1)?.sub as string;
  const claims = hops.map(({ thumbprint, wit, claims: { sub } }, index): KeyClaim | undefined => {
    if (index > 0) return { name: sub as string, thumbprint, wit };
    return root.own === undefined ? { name: holder, thumbprint } : undefined;
  });
  return orUnavailable(Promise.all(claims.map((claim) => (claim === undefined ? undefined : names.prove(claim)))));
}

/** @throws HopError `names_unavailable` */
async function orUnavailable<T>(known: Promise<T>): Promise<T> {
  return known.catch((cause: unknown) => {
    if (cause instanceof HopError) throw cause;
    throw new HopError("names_unavailable", { cause });
  });
}
