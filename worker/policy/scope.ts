/** Scope constraints: principal, action and resource of a policy, checked before its condition. They never fail. */

import type { CompiledPolicy, ScopeConstraint } from "./format.ts";
import { UnsupportedExpression } from "./operator.ts";
import type { UidAt } from "./uid-table.ts";
import type { EntityRef } from "./value.ts";

/** One of a request's three entities, with its ancestors. */
export interface Subject {
  readonly ref: EntityRef;
  readonly lineage: ReadonlySet<string>;
}

export const PLACES = ["principal", "action", "resource"] as const;
export type Place = (typeof PLACES)[number];
export type Subjects = Readonly<Record<Place, Subject>>;

export type HoldsScope = (subjects: Subjects) => boolean;

/** The scope of a policy, as a function. @throws UnsupportedExpression */
export function compileScope(policy: CompiledPolicy, uidAt: UidAt): HoldsScope {
  const constraints = PLACES.flatMap((place) => {
    const constraint = policy[place];
    return constraint === undefined ? [] : [{ place, holds: compileConstraint(constraint, uidAt) }];
  });
  return (subjects) => {
    for (const { place, holds } of constraints) if (!holds(subjects[place])) return false;
    return true;
  };
}

function compileConstraint(constraint: ScopeConstraint, uidAt: UidAt): (subject: Subject) => boolean {
  const keyAt = (place: number): string => {
    const uid = uidAt(place);
    if (uid === undefined) throw new UnsupportedExpression("an entity that is not in the table is not supported");
    return uid.key;
  };
  switch (constraint[0]) {
    case "==": {
      const key = keyAt(constraint[1]);
      return ({ ref }) => ref.key === key;
    }
    case "in": {
      const keys = (constraint.slice(1) as number[]).map(keyAt);
      return ({ lineage }) => keys.some((key) => lineage.has(key));
    }
    case "is": {
      const [, type, within] = constraint;
      const key = within === undefined ? undefined : keyAt(within);
      return ({ ref, lineage }) => ref.type === type && (key === undefined || lineage.has(key));
    }
    default:
      throw new UnsupportedExpression(`the constraint \`${String(constraint[0])}\` is not supported`);
  }
}
