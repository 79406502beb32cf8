/** What a verified chain says: who it is for, who acts, under which task. Pure. */
import type { ChainHop } from "../../wasm/core.ts";
import type { Issuer } from "../config.ts";
import { HopError } from "../errors.ts";
import { mappedClaim } from "../trust/root.ts";
import type { Actor, ChainFacts } from "../types.ts";

/**
 * Reads the claims of hops that the core has accepted; so the casts below hold: the core checked each claim's form
 * (wasm/assembly/names.ts).
 *
 * @throws HopError `claim_type` where an inner `act` is no actor
 */
export function describeChain(
  hops: readonly [ChainHop, ...ChainHop[]],
  hash: string,
  issuers: readonly Issuer[],
): ChainFacts {
  const root = hops[0].claims;
  const leaf = hops.at(-1) as ChainHop;
  const tctx = hops.map((hop) => hop.claims["tctx"]).find((value) => value !== undefined);
  const issuer = issuers.find(({ issuer: name }) => name === root["iss"]);
  const purpose = (tctx as { purpose?: unknown } | undefined)?.purpose ?? mappedClaim(issuer, "purpose", root);
  const subject = mappedClaim(issuer, "subject", root) ?? (root["sub"] as string);
  return {
    hops,
    hash,
    subject: { sub: subject, iss: root["iss"] as string },
    actors: [...rootActors(root, mappedClaim(issuer, "actor", root)), ...hops.slice(1).map(delegateOf)] as [
      Actor,
      ...Actor[],
    ],
    txn: taskOf(hops),
    tctx: tctx as Record<string, unknown> | undefined,
    purpose: typeof purpose === "string" ? purpose : undefined,
    scopes: leaf.scopes,
    expires: leaf.claims["exp"] as number,
  };
}

/**
 * The actors that the root names, origin first: its nested `act` chain (RFC 8693, section 4.1), else what the issuer's entry
 * says, else its client, else the subject itself, a workload that acts for no one.
 */
function rootActors(root: Record<string, unknown>, mapped: string | undefined): Actor[] {
  const iss = root["iss"] as string;
  const nested: Actor[] = [];
  for (let act = root["act"]; act !== undefined; act = act.act) {
    // The core looks at the outermost alone.
    if (!isActor(act)) throw new HopError("claim_type", { hop: 0, member: "act" });
    nested.unshift({ sub: act.sub, iss: typeof act.iss === "string" ? act.iss : iss });
  }
  if (nested.length > 0) return nested;
  const sub = (mapped ?? root["client_id"] ?? root["azp"] ?? root["sub"]) as string;
  return [{ sub, iss }];
}

interface ActLike {
  readonly sub: string;
  readonly iss?: unknown;
  readonly act?: unknown;
}

function isActor(act: unknown): act is ActLike {
  return typeof act === "object" && act !== null && "sub" in act && typeof act.sub === "string";
}

function delegateOf({ claims }: ChainHop): Actor {
  return { sub: claims["sub"] as string, iss: claims["iss"] as string };
}

/** The task; for a chain that names none, one that all work under the same root shares. */
function taskOf(hops: readonly [ChainHop, ...ChainHop[]]): string {
  const named = hops.map((hop) => hop.claims["txn"]).find((txn) => typeof txn === "string");
  return (named as string | undefined) ?? `root:${hops[0].hash}`;
}
