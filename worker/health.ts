/** What the gateway says of itself: that it runs, and whether it can do its work. */
import type { KeyValueStore } from "./types.ts";

export interface Probes {
  readonly kv: KeyValueStore;
  /** Each Durable Object that a request needs, by name: rejects where it cannot be reached. */
  readonly stores: Readonly<Record<string, () => Promise<unknown>>>;
  /** `kid` of the key that signs. */
  readonly signing: string | undefined;
  /** Secrets that the configuration names and nobody has set. */
  readonly unset: readonly string[];
  policies(): Promise<{ readonly hash: string; readonly confirmed: number } | undefined>;
  /** Messages that wait in each queue; rejects where that cannot be known. */
  readonly queues: Readonly<Record<string, () => Promise<number>>>;
  /** Records of this isolate on their way to their ledger, and those that never got there. */
  readonly ledger: { readonly pending: number; readonly lost: number };
}

export interface Readiness {
  readonly status: "ready" | "failing";
  /** In words; nothing where it is ready. */
  readonly problems: readonly string[];
  readonly signing: string | undefined;
  readonly policies: string | undefined;
  /** ISO 8601: when the set was last seen to be current. */
  readonly policies_confirmed: string | undefined;
  readonly ledger: { readonly pending: number; readonly lost: number; readonly queued: number | undefined };
}

/** Records that may wait before the gateway calls itself failing. */
const BACKLOG = 10_000;
const TIMEOUT_MS = 2000;

export async function readiness({ kv, stores, signing, unset, policies, queues, ledger }: Probes): Promise<Readiness> {
  const problems: string[] = [];
  const attempt = <T>(what: string, ask: () => Promise<T>): Promise<T | undefined> =>
    inTime(ask).catch(() => {
      problems.push(`${what} cannot be reached`);
      return undefined;
    });
  const [loaded, backlogs] = await Promise.all([
    policies().catch(() => undefined),
    Promise.all(Object.entries(queues).map(([name, ask]) => attempt(`the queue ${name}`, ask))),
    attempt("KV", () => kv.get("policy:current")),
    ...Object.entries(stores).map(([name, ask]) => attempt(`the store of ${name}`, ask)),
  ]);
  const queued = backlogs.some((backlog) => backlog === undefined)
    ? undefined
    : backlogs.reduce((sum: number, backlog) => sum + (backlog ?? 0), 0);
  if (signing === undefined) problems.push("there is no signing key: set GATEWAY_KEYS");
  for (const name of unset) problems.push(`the secret ${name} is not set`);
  if (loaded === undefined) problems.push("no policies are loaded: hopgate policy publish");
  if (ledger.lost > 0) problems.push(`${ledger.lost} audit records were lost: they stand in the log as ledger_lost`);
  if ((queued ?? 0) + ledger.pending > BACKLOG) problems.push("the ledger is behind");
  return {
    status: problems.length === 0 ? "ready" : "failing",
    problems,
    signing,
    policies: loaded?.hash,
    policies_confirmed: loaded && new Date(loaded.confirmed).toISOString(),
    ledger: { ...ledger, queued },
  };
}

function inTime<T>(ask: () => Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("no answer in time")), TIMEOUT_MS);
  return Promise.race([ask(), promise]).finally(() => clearTimeout(timer));
}
