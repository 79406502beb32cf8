/** What every token that is made from a chain says about it (docs/upstream.md). Pure. */

import type { ProvenanceClaims } from "../claims.ts";
import { nestActors } from "./act.ts";
import { grantedDetails } from "./details.ts";
import type { Actor, ChainFacts, Root } from "./types.ts";

export interface Provenance {
  readonly facts: ChainFacts;
  /** The actors of the chain, and those that the token adds; origin first. */
  readonly actors: readonly [Actor, ...Actor[]];
  /** Issuer of the token. */
  readonly issuer: string;
}

export function provenanceClaims({ facts, actors, issuer }: Provenance): ProvenanceClaims {
  const { subject, task, tctx, purpose, plan, hops, root } = facts;
  const details = grantedDetails(hops);
  const context = purpose === undefined ? tctx : { ...tctx, purpose: purpose.text };
  return {
    iss: issuer,
    sub: subject.sub,
    sub_id: { format: "iss_sub", iss: subject.iss, sub: subject.sub },
    txn: task.txn,
    txn_by: { iss: task.by.iss, sub: task.by.sub },
    txn_began: task.began,
    ...(context && { tctx: context }),
    ...(purpose && { purpose_by: purpose.by }),
    ...(plan && { plan_by: plan.by }),
    ...(details && { authorization_details: details }),
    ...rootClaims(root),
    act: nestActors(actors),
    act_proof: actors.map(({ proof }) => proof),
    lineage: facts.lineage,
  };
}

/** Policies see an exchanged token with the claims of the root that it comes from. */
export function rootClaims({ policyClaims }: Pick<Root, "policyClaims">): Pick<ProvenanceClaims, "root_claims"> {
  return Object.keys(policyClaims).length === 0 ? {} : { root_claims: policyClaims };
}
