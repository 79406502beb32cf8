/** The purpose of a task, and who states it. Pure. */

import type { ChainHop } from "../../wasm/core.ts";
import { HopError, type HopErrorOptions } from "../errors.ts";
import { isPlainText } from "../trust/root.ts";
import type { Party } from "./party.ts";
import { rootParty } from "./root.ts";
import type { Actor, Purpose, Root } from "./types.ts";

/** Where a purpose is stated, for the error. */
type Place = Pick<HopErrorOptions, "hop" | "member">;

/**
 * A later hop may narrow what the root or its issuer states (`customer-support` to `customer-support/refund`), never
 * replace it.
 *
 * @param actors origin first
 * @throws HopError `purpose_malformed`; `task_context_changed` if a hop states another purpose
 */
export function purposeOf(
  hops: readonly [ChainHop, ...ChainHop[]],
  root: Root,
  actors: readonly Actor[],
): Purpose | undefined {
  const stated = rootPurpose(root);
  // A task's context is introduced once, so at most one hop states another.
  const introduced = hops.findIndex((hop, index) => index > 0 && purposeIn(hop.claims, index) !== undefined);
  const text = purposeIn(hops[introduced]?.claims ?? {}, introduced);
  if (text === undefined) return stated;
  const delegator = actors[actors.length - hops.length + introduced - 1] as Actor;
  return narrowPurpose(stated, { text, by: partyOnly(delegator) }, { hop: introduced, member: "tctx" });
}

/**
 * What the root states. If its issuer's entry maps a claim to the purpose, `tctx` may only state the same or something
 * narrower.
 *
 * @throws HopError `purpose_malformed`, `task_context_changed`
 */
export function rootPurpose(root: Root): Purpose | undefined {
  const { own, claims, mapped } = root;
  const by = own?.purposeBy ?? rootParty(root);
  const text = purposeIn(claims, 0);
  const issuers = mapped.purpose === undefined ? undefined : { text: mapped.purpose, by };
  return text === undefined ? issuers : narrowPurpose(issuers, { text, by }, { hop: 0, member: "tctx" });
}

/**
 * The purpose after somebody has stated one. Whoever narrows it does not become the one who states it.
 *
 * @param before what was stated before
 * @throws HopError `task_context_changed` if it is neither the same nor narrower
 */
export function narrowPurpose(before: Purpose | undefined, stated: Purpose, place: Place): Purpose {
  if (before === undefined) return stated;
  if (stated.text !== before.text && !stated.text.startsWith(`${before.text}/`))
    throw new HopError("task_context_changed", place);
  return { text: stated.text, by: before.by };
}

/** @throws HopError `purpose_malformed` */
export function readPurpose(value: unknown, place: Place): string {
  if (!isPlainText(value)) throw new HopError("purpose_malformed", place);
  return value;
}

function purposeIn(claims: Readonly<Record<string, unknown>>, hop: number): string | undefined {
  const { purpose } = (claims["tctx"] ?? {}) as { purpose?: unknown };
  return purpose === undefined ? undefined : readPurpose(purpose, { hop, member: "tctx" });
}

function partyOnly({ iss, sub }: Party): Party {
  return { iss, sub };
}
