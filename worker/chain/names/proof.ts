/** How the gateway knows that a key belongs to a name (docs/workloads.md). */

export const NAME_PROOFS = ["registered", "attested", "published", "child", "stated", "told"] as const;

/**
 * `registered`: the registry has the key under the name. `attested`: a trust domain says so (Workload Identity
 * Token). `published`: the name's own metadata document lists the key. `child`: the name lies below the delegator's own.
 * `stated`: the issuer of the root says so. `told`: only the delegator says so.
 */
export type NameProof = (typeof NAME_PROOFS)[number];

/** What a key can be proven by; the others are found from the chain itself. */
export type KeyProof = Extract<NameProof, "registered" | "attested" | "published">;

/**
 * Undefined if nothing proves that the key belongs to the name. "refused": nothing can, because the name is
 * disabled. "others": nothing does, and the registry has other keys for the name, so that no delegator can give it.
 */
export type KeyVerdict = KeyProof | "refused" | "others" | undefined;

export function isProven(verdict: KeyVerdict): verdict is KeyProof {
  return verdict !== undefined && verdict !== "refused" && verdict !== "others";
}
