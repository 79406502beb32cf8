/** What the gateway says of itself: that it runs, and whether it can do its work. */
import type { Waiting } from "../ledger/admission.ts";
import type { KeyValueStore } from "../types.ts";

export interface Probes {
  readonly kv: KeyValueStore;
  /** Each Durable Object that a request needs, by name: rejects where it cannot be reached. */
  readonly stores: Readonly<Record<string, () => Promise<unknown>>>;
  /** `kid` of the key that signs. */
  readonly signing: string | undefined;
  /** Secrets that the configuration names and nobody has set. */
  readonly unset: readonly string[];
  /** Since when nothing could be written to the ledger, in milliseconds since the epoch; undefined where it can. */
  failingSince(): number | undefined;
  /** Milliseconds since the epoch. */
  now(): number;
  policies(): Promise<{ readonly hash: string; readonly confirmed: number } | undefined>;
  /** What waits for the long-term store; rejects where a shard of the ledger cannot be reached. */
  waiting(): Promise<Waiting>;
}

export interface Readiness {
  readonly status: "ready" | "failing";
  /** In words; nothing where it is ready. */
  readonly problems: readonly string[];
  readonly signing: string | undefined;
  readonly policies: string | undefined;
  /** ISO 8601: when the set was last seen to be current. */
  readonly policies_confirmed: string | undefined;
  readonly ledger: {
    /** Entries that wait for the long-term store; undefined where that cannot be known. */
    readonly waiting: number | undefined;
    /** ISO 8601: since when the oldest of them waits. */
    readonly since: string | undefined;
  };
}

/** Milliseconds for which an entry may wait for the long-term store before the gateway calls itself failing. */
const BEHIND_MS = 60_000;
const TIMEOUT_MS = 2000;

export async function readiness({
  kv,
  stores,
  signing,
  unset,
  policies,
  waiting,
  failingSince,
  now,
}: Probes): Promise<Readiness> {
  const problems: string[] = [];
  const attempt = <T>(what: string, ask: () => Promise<T>): Promise<T | undefined> =>
    inTime(ask).catch(() => {
      problems.push(`${what} cannot be reached`);
      return undefined;
    });
  const [loaded, backlog] = await Promise.all([
    policies().catch(() => undefined),
    attempt("the ledger", waiting),
    attempt("KV", () => kv.get("policy:current")),
    ...Object.entries(stores).map(([name, ask]) => attempt(`the store of ${name}`, ask)),
  ]);
  if (signing === undefined) problems.push("there is no signing key: set GATEWAY_KEYS");
  for (const name of unset) problems.push(`the secret ${name} is not set`);
  if (loaded === undefined) problems.push("no policies are loaded: hopgate policy publish");
  const failing = failingSince();
  if (failing !== undefined)
    problems.push(
      `the ledger could not be written since ${new Date(failing).toISOString()}, and every request is refused`,
    );
  if (now() - (backlog?.since ?? now()) > BEHIND_MS)
    problems.push(`${backlog?.entries} entries of the ledger wait for the archive: the log has archive_waits`);
  return {
    status: problems.length === 0 ? "ready" : "failing",
    problems,
    signing,
    policies: loaded?.hash,
    policies_confirmed: loaded && new Date(loaded.confirmed).toISOString(),
    ledger: {
      waiting: backlog?.entries,
      since: backlog?.since === undefined ? undefined : new Date(backlog.since).toISOString(),
    },
  };
}

function inTime<T>(ask: () => Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("no answer in time")), TIMEOUT_MS);
  return Promise.race([ask(), promise]).finally(() => clearTimeout(timer));
}
