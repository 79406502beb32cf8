/**
 * Annotations of the policies that decided. Several may apply: the narrowest counts, so that adding a policy never widens
 * what another one bounds. docs/policies.md states the rules. Pure.
 */
import type { Challenge } from "../errors.ts";
import type { Executable } from "../policy/evaluate.ts";
import type { Obligations } from "../types.ts";

type Annotated = Pick<Executable, "annotations">;

function valuesOf(policies: readonly Annotated[], name: string): string[] {
  return policies.map(({ annotations }) => annotations[name]).filter((value) => value !== undefined);
}

/**
 * `@max_ttl`: the least of all. `@scope`: the scopes that every permit with a `@scope` names. A `@max_ttl` that is not
 * a number of seconds counts as zero, because a value that cannot be read must not widen.
 */
export function combinePermits(permits: readonly Annotated[]): Obligations {
  const ttls = valuesOf(permits, "max_ttl").map(secondsOf);
  const scopes = valuesOf(permits, "scope").map((text) => text.split(" ").filter((token) => token !== ""));
  return {
    maxTtl: ttls.length > 0 ? Math.min(...ttls) : undefined,
    scopes: scopes.length > 0 ? scopes.reduce((all, some) => all.filter((token) => some.includes(token))) : undefined,
  };
}

export interface Denial {
  readonly rule: "policy_denied" | "step_up_required" | "approval_required";
  readonly challenge: Challenge;
  /** Why the task ends with this denial, if it does. */
  readonly ends?: string;
}

/**
 * A denial is a challenge only if every forbid that applies can be answered by one. Step-up comes before approval, so
 * that approvers see an authenticated subject. Of several `@step_up` the first in the set is asked for, and the next
 * when that is met; of several `@max_age` the smallest; of several `@approval` each group must approve, by passkey if
 * one of them says `@approval_by("passkey")`. A caller that no policy permits learns only `@reason`.
 */
export function combineForbids(forbids: readonly Annotated[]): Denial {
  const [reason] = valuesOf(forbids, "reason");
  const [ends] = valuesOf(forbids, "end_task");
  const answerable = ({ annotations }: Annotated): boolean => "step_up" in annotations || "approval" in annotations;
  if (forbids.length === 0 || !forbids.every(answerable))
    return { rule: "policy_denied", challenge: { reason }, ...(ends !== undefined && { ends }) };
  const [acr] = valuesOf(forbids, "step_up");
  const approvers = [...new Set(valuesOf(forbids, "approval"))];
  const passkeys = valuesOf(
    forbids.filter(({ annotations }) => annotations["approval_by"] === "passkey"),
    "approval",
  );
  const ages = valuesOf(forbids, "max_age").map(secondsOf);
  const maxAge = ages.length > 0 ? Math.min(...ages) : undefined;
  return {
    rule: acr === undefined ? "approval_required" : "step_up_required",
    challenge: { reason, acr, maxAge, approvers, passkeys: [...new Set(passkeys)] },
  };
}

function secondsOf(text: string): number {
  return /^\d{1,6}$/.test(text) ? Number(text) : 0;
}
