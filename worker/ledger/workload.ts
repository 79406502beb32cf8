/** A workload in the index, and merging what several shards know. Pure. */

/** An actor of chains: what it was given, and what was done with it. */
export interface Workload {
  readonly actor: string;
  /** ISO 8601. */
  readonly first: string;
  readonly last: string;
  readonly requests: number;
  readonly denied: number;
  /** Life of its longest-lived credential, in seconds. */
  readonly longest: number;
  /** By scope, when it was last used; null: never. */
  readonly scopes: Readonly<Record<string, string | null>>;
  /** Actions that it was allowed as the caller. */
  readonly uses: readonly { readonly action: string; readonly route: string }[];
  /** Chains that it took part in, origin first. */
  readonly chains: readonly (readonly string[])[];
}

/** Last seen first. */
export function mergeWorkloads(shards: readonly Workload[][]): Workload[] {
  return [...Map.groupBy(shards.flat(), ({ actor }) => actor).values()]
    .map((parts) => parts.reduce(mergeWorkload))
    .sort((a, b) => (a.last < b.last ? 1 : -1));
}

function mergeWorkload(a: Workload, b: Workload): Workload {
  // A Map: scopes are named by issuers, and `constructor` is a name like any other.
  const scopes = new Map(Object.entries(a.scopes));
  for (const [scope, used] of Object.entries(b.scopes)) {
    const before = scopes.get(scope) ?? null;
    scopes.set(scope, used === null || (before !== null && before > used) ? before : used);
  }
  return {
    actor: a.actor,
    first: a.first < b.first ? a.first : b.first,
    last: a.last > b.last ? a.last : b.last,
    requests: a.requests + b.requests,
    denied: a.denied + b.denied,
    longest: Math.max(a.longest, b.longest),
    scopes: Object.fromEntries(scopes),
    uses: distinct([...a.uses, ...b.uses]),
    chains: distinct([...a.chains, ...b.chains]),
  };
}

function distinct<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
