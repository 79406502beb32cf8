/** Whether the gateway can serve, and what is wrong. */
import type { Waiting } from "../ledger/admission.ts";
import type { KeyValueStore } from "../types.ts";

export interface Probes {
  readonly kv: KeyValueStore;
  /** Probes of each Durable Object that a request needs, by name; they reject if it cannot be reached. */
  readonly stores: Readonly<Record<string, () => Promise<unknown>>>;
  /** `kid` of the key that signs. */
  readonly signing: string | undefined;
  /** Secrets that the configuration names and that are not set. */
  readonly unset: readonly string[];
  /** In words, which secrets are to be replaced. */
  readonly due: readonly string[];
  /** Since when the ledger cannot be written, in milliseconds since the epoch; undefined if it can. */
  failingSince(): number | undefined;
  /** Milliseconds since the epoch. */
  now(): number;
  policies(): Promise<{ readonly hash: string; readonly confirmed: number } | undefined>;
  /** What waits for the long-term store; rejects if a shard of the ledger cannot be reached. */
  waiting(): Promise<Waiting>;
  /** Writes to the ledger even if no request does; rejects if that fails. */
  write(): Promise<void>;
  /** Shards of the ledger that do not know every revocation. */
  pending(): Promise<readonly string[]>;
  /** Fetches the keys of issuers that have none. */
  issuers(): Promise<readonly IssuerStanding[]>;
}

/** An issuer of the configuration, with the keys that are accepted now. */
export interface IssuerStanding {
  readonly issuer: string;
  readonly keys: number;
  /** Milliseconds since the epoch; undefined for keys in the configuration, and if none were ever fetched. */
  readonly fetched: number | undefined;
}

export interface Readiness {
  readonly status: "ready" | "failing";
  /** In words, why no request can be served; empty if it is ready. */
  readonly problems: readonly string[];
  /** In words, what some requests will lack, and which secrets must be replaced. */
  readonly warnings: readonly string[];
  readonly signing: string | undefined;
  readonly policies: string | undefined;
  /** ISO 8601: when the set was last seen to be current. */
  readonly policies_confirmed: string | undefined;
  readonly ledger: {
    /** Entries that wait for the long-term store; undefined if unknown. */
    readonly waiting: number | undefined;
    /** ISO 8601: since when the oldest of them waits. */
    readonly since: string | undefined;
    /** ISO 8601: since when it cannot be written. */
    readonly failing_since: string | undefined;
  };
  readonly revocations: { readonly pending: number | undefined };
  readonly issuers: readonly IssuerStanding[];
}

/** Milliseconds for which an entry may wait for the long-term store before the gateway calls itself failing. */
const BEHIND_MS = 60_000;
const TIMEOUT_MS = 2000;

export async function readiness(probes: Probes): Promise<Readiness> {
  const { kv, stores, signing, unset, due, now } = probes;
  const problems: string[] = [];
  const attempt = <T>(what: string, ask: () => Promise<T>): Promise<T | undefined> =>
    inTime(ask).catch((error: unknown) => {
      problems.push(`${what} cannot be reached: ${error instanceof Error ? error.message : "it says nothing"}`);
      return undefined;
    });
  const [loaded, backlog, pending, issuers] = await Promise.all([
    probes.policies().catch(() => undefined),
    attempt("the ledger", probes.waiting),
    attempt("the store of revocations", probes.pending),
    inTime(probes.issuers).catch((): readonly IssuerStanding[] => []),
    // This updates `failingSince` even if no requests arrive because a load balancer follows this answer.
    inTime(probes.write).catch(() => undefined),
    attempt("KV", () => kv.get("policy:current")),
    ...Object.entries(stores).map(([name, ask]) => attempt(`the store of ${name}`, ask)),
  ]);
  if (signing === undefined) problems.push("there is no signing key: set GATEWAY_KEYS");
  for (const name of unset) problems.push(`the secret ${name} is not set`);
  if (loaded === undefined) problems.push("no policies are loaded: npm run hopgate -- policy publish policies");
  const failing = probes.failingSince();
  if (failing !== undefined)
    problems.push(`the ledger could not be written since ${isoTime(failing)}, and every request is refused`);
  if (now() - (backlog?.since ?? now()) > BEHIND_MS)
    problems.push(`${backlog?.entries} entries of the ledger wait for the archive: the log has archive_waits`);
  const keyless = issuers.filter(({ keys }) => keys === 0);
  const unfetched = keyless.map(
    ({ issuer }) => `the keys of ${issuer} cannot be fetched: the log has jwks_unavailable`,
  );
  // Chains of other issuers still work, so the gateway must stay in service.
  if (keyless.length > 0 && keyless.length === issuers.length) problems.push("no issuer has keys");
  return {
    status: problems.length === 0 ? "ready" : "failing",
    problems,
    warnings: [...unfetched, ...due],
    signing,
    policies: loaded?.hash,
    policies_confirmed: loaded && isoTime(loaded.confirmed),
    ledger: { waiting: backlog?.entries, since: isoTime(backlog?.since), failing_since: isoTime(failing) },
    revocations: { pending: pending?.length },
    issuers,
  };
}

function isoTime(milliseconds: number): string;
function isoTime(milliseconds: number | undefined): string | undefined;
function isoTime(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds).toISOString();
}

function inTime<T>(ask: () => Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("no answer in time")), TIMEOUT_MS);
  return Promise.race([ask(), promise]).finally(() => clearTimeout(timer));
}
