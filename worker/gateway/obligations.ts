/**
 * Annotations of the permits that decided. Several may apply: the narrowest counts, so that adding a permit never
 * widens what another one bounds. Pure.
 */
import type { CompiledPolicy } from "../policy/format.ts";
import type { Obligations } from "../types.ts";

/**
 * `@max_ttl`: the least of all. `@scope`: the tokens that all of those permits name which have one. A `@max_ttl` that
 * is no number of seconds bounds to zero: what cannot be read must not widen.
 */
export function combinePermits(permits: readonly CompiledPolicy[]): Obligations {
  const annotations = (name: string): string[] =>
    permits.map((permit) => permit.annotations[name]).filter((value) => value !== undefined);
  const ttls = annotations("max_ttl").map((text) => (/^\d{1,6}$/.test(text) ? Number(text) : 0));
  const scopes = annotations("scope").map((text) => text.split(" ").filter((token) => token !== ""));
  return {
    maxTtl: ttls.length > 0 ? Math.min(...ttls) : undefined,
    scopes: scopes.length > 0 ? scopes.reduce((all, some) => all.filter((token) => some.includes(token))) : undefined,
  };
}
