/** The purpose of a task, and who states it. Pure. */

import type { ChainHop } from "../../wasm/core.ts";
import { HopError } from "../errors.ts";
import type { Party } from "./party.ts";
import { rootParty } from "./root.ts";
import type { Actor, Purpose, Root } from "./types.ts";

/**
 * A later hop may narrow what the root or its issuer states (`customer-support` to `customer-support/refund`), never
 * replace it.
 *
 * @param actors origin first
 * @throws HopError `task_context_changed` if a hop states another purpose
 */
export function purposeOf(
  hops: readonly [ChainHop, ...ChainHop[]],
  root: Root,
  actors: readonly Actor[],
): Purpose | undefined {
  const stated = rootPurpose(root);
  // A task's context is introduced once, so at most one hop states another.
  const introduced = hops.findIndex((hop, index) => index > 0 && purposeIn(hop.claims) !== undefined);
  const told = purposeIn(hops[introduced]?.claims ?? {});
  if (stated === undefined) {
    if (told === undefined) return undefined;
    return { text: told, by: partyOnly(actors[actors.length - hops.length + introduced - 1] as Actor) };
  }
  if (told !== undefined && !isWithin(told, stated.text)) {
    throw new HopError("task_context_changed", { hop: introduced, member: "tctx" });
  }
  return { text: told ?? stated.text, by: stated.by };
}

/**
 * What the root states. If its issuer's entry maps a claim to the purpose, `tctx` may only state the same or something
 * narrower.
 *
 * @throws HopError `task_context_changed`
 */
export function rootPurpose(root: Root): Purpose | undefined {
  const { own, claims, mapped } = root;
  const stated = purposeIn(claims) ?? mapped.purpose;
  if (stated === undefined) return undefined;
  if (mapped.purpose !== undefined && !isWithin(stated, mapped.purpose)) {
    throw new HopError("task_context_changed", { hop: 0, member: "tctx" });
  }
  return { text: stated, by: own?.purposeBy ?? rootParty(root) };
}

function purposeIn(claims: Readonly<Record<string, unknown>>): string | undefined {
  const { purpose } = (claims["tctx"] ?? {}) as { purpose?: unknown };
  return typeof purpose === "string" ? purpose : undefined;
}

function isWithin(purpose: string, stated: string): boolean {
  return purpose === stated || purpose.startsWith(`${stated}/`);
}

function partyOnly({ iss, sub }: Party): Party {
  return { iss, sub };
}
