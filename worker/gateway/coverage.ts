/** Whether the authorization details of a chain cover a request (RFC 9396). Pure. */
import { type Detail, grantedDetails } from "../chain/details.ts";
import type { Comparison, DetailMember } from "../config.ts";
import { HopError } from "../errors.ts";
import { staysBelow } from "../http/path.ts";
import type { NeededDetails } from "../presentation.ts";
import type { VerifiedChain } from "../types.ts";

/**
 * If any hop of a chain has details, the chain may do only what the last hop's details cover; a last hop without
 * details covers nothing.
 *
 * @throws HopError `details_uncovered`, `details_required`
 */
export function requireCovered(chain: Pick<VerifiedChain, "hops" | "presentation">): void {
  const { needed, operation } = chain.presentation;
  if (operation.details === "any") return;
  const evidence = { chain: chain as VerifiedChain };
  const granted = grantedDetails(chain.hops);
  if (granted === undefined) {
    if (needed?.details.required) throw new HopError("details_required", { evidence });
    return;
  }
  if (needed !== undefined && granted.some((detail) => covers(detail, needed))) return;
  throw new HopError("details_uncovered", { hop: chain.hops.length - 1, member: "authorization_details", evidence });
}

/**
 * A detail covers what is needed if it has the type and exactly these members, because an unknown member may limit
 * anything.
 */
export function covers({ type, ...granted }: Detail, { details, members }: NeededDetails): boolean {
  if (type !== details.type || Object.keys(granted).some((name) => !Object.hasOwn(details.members, name))) return false;
  return Object.entries(details.members).every(([name, { compare }]: [string, DetailMember]) => {
    const isNeeded = Object.hasOwn(members, name);
    if (!Object.hasOwn(granted, name)) return !isNeeded;
    return isNeeded && COMPARE[compare](plain(members[name]), granted[name]);
  });
}

const COMPARE: Readonly<Record<Comparison, (needed: unknown, granted: unknown) => boolean>> = {
  equal: (needed, granted) => needed === granted,
  one_of: (needed, granted) => Array.isArray(granted) && granted.includes(needed),
  prefix: (needed, granted) =>
    typeof granted === "string" && typeof needed === "string" && (needed === granted || isBelow(needed, granted)),
  at_most: (needed, granted) => typeof granted === "number" && typeof needed === "number" && needed <= granted,
  at_least: (needed, granted) => typeof granted === "number" && typeof needed === "number" && needed >= granted,
  subset: (needed, granted) =>
    Array.isArray(granted) && Array.isArray(needed) && needed.every((each) => granted.includes(each)),
};

/** `orders/17` covers what is below it, but not `orders/170` or `orders/17/../18`. */
function isBelow(needed: string, granted: string): boolean {
  const folder = granted.endsWith("/") ? granted : `${granted}/`;
  return needed.startsWith(folder) && staysBelow(needed.slice(folder.length));
}

/** From Cedar's JSON form, in which decimals are strings. */
function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Number((value as { readonly __extn: { readonly arg: string } }).__extn.arg);
}
