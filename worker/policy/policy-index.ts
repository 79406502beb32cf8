/**
 * Finds the policies whose scope can match, so that a request does not cost more with a larger set. Every policy is
 * listed under one of its constraints: the entities that it names, or the type. A request looks under its three
 * entities, all their ancestors, and their types. The index is made when a set is compiled, and is part of it.
 *
 * This misses none: a policy under an entity matches only if the request's entity is that one or in it, and one under a
 * type only for that type.
 */
import type { CompiledPolicy, PolicyIndex, ScopeConstraint, Uid } from "./format.ts";
import { PLACES, type Place, type Subjects } from "./scope.ts";
import { keyOfEntity } from "./value.ts";

/** Places in the set of the policies that may apply, each once, in no order. */
export function findCandidates(index: PolicyIndex, subjects: Subjects): readonly number[] {
  const found = [...index.anywhere];
  for (const place of PLACES) {
    const { byEntity, byType } = index[place];
    const { ref, lineage } = subjects[place];
    add(found, byType, ref.type);
    for (const key of lineage) add(found, byEntity, key);
  }
  return index.repeated ? [...new Set(found)] : found;
}

function add(found: number[], bucket: Readonly<Record<string, readonly number[]>>, key: string): void {
  if (Object.hasOwn(bucket, key)) for (const order of bucket[key] as readonly number[]) found.push(order);
}

/** Makes the index of a set. */
export function indexPolicies(policies: readonly CompiledPolicy[], uids: readonly Uid[]): PolicyIndex {
  const counts = countNames(policies);
  const buckets = { principal: newBuckets(), action: newBuckets(), resource: newBuckets() };
  const anywhere: number[] = [];
  let repeated = false;

  policies.forEach((policy, order) => {
    const place = mostSelective(policy, counts);
    if (place === undefined) {
      anywhere.push(order);
      return;
    }
    const constraint = policy[place] as ScopeConstraint;
    const keys = new Set(entitiesOf(constraint).map((entity) => keyOfEntity(...(uids[entity] as Uid))));
    const { byEntity, byType } = buckets[place];
    repeated ||= keys.size > 1;
    for (const key of keys) put(byEntity, key, order);
    if (isTypeOnly(constraint)) put(byType, constraint[1] as string, order);
  });
  const asJson = ({ byEntity, byType }: Buckets) => ({
    byEntity: Object.fromEntries(byEntity),
    byType: Object.fromEntries(byType),
  });
  const { principal, action, resource } = buckets;
  return { anywhere, repeated, principal: asJson(principal), action: asJson(action), resource: asJson(resource) };
}

interface Buckets {
  readonly byEntity: Map<string, number[]>;
  readonly byType: Map<string, number[]>;
}

function newBuckets(): Buckets {
  return { byEntity: new Map(), byType: new Map() };
}

function put(buckets: Map<string, number[]>, key: string, order: number): void {
  const bucket = buckets.get(key);
  if (bucket === undefined) buckets.set(key, [order]);
  else bucket.push(order);
}

/** The entities that a constraint names: the request's entity must be one of them, or in one. */
function entitiesOf(constraint: ScopeConstraint): readonly number[] {
  return constraint.slice(constraint[0] === "is" ? 2 : 1) as number[];
}

function isTypeOnly(constraint: ScopeConstraint): boolean {
  return constraint[0] === "is" && constraint.length === 2;
}

type NameCounts = ReadonlyMap<string, number>;

/** How many policies name each entity, by the part of the scope. */
function countNames(policies: readonly CompiledPolicy[]): NameCounts {
  const counts = new Map<string, number>();
  for (const policy of policies) {
    for (const place of PLACES) {
      for (const entity of entitiesOf(policy[place] ?? ["in"])) {
        const name = `${place} ${entity}`;
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
    }
  }
  return counts;
}

/** The constraint that shares its entities with the fewest others; a type only if there is nothing else. */
function mostSelective(policy: CompiledPolicy, counts: NameCounts): Place | undefined {
  let [best, least]: [Place | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
  for (const place of PLACES) {
    const constraint = policy[place];
    if (constraint === undefined) continue;
    const sharing = isTypeOnly(constraint)
      ? Number.MAX_VALUE
      : entitiesOf(constraint).reduce((sum, entity) => sum + (counts.get(`${place} ${entity}`) as number), 0);
    if (sharing < least) [best, least] = [place, sharing];
  }
  return best;
}
