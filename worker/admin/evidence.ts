/** What a gateway can show of its controls: from its configuration, its registry, its ledger and its releases. Pure. */
import { endOf, type Workload } from "../chain/names/workload.ts";
import type { Config } from "../config.ts";
import type { InventoryItem } from "../ledger/inventory.ts";
import type { Client } from "../oauth/clients.ts";
import type { Release } from "../policy/release.ts";

/**
 * Facts by name, each in words. `hopgate report --controls` prints them next to the controls that they are evidence
 * for.
 */
export type Evidence = Readonly<Record<EvidenceName, string>>;

export interface EvidenceSources {
  readonly config: Config;
  readonly workloads: readonly Workload[];
  readonly clients: readonly Client[];
  /** The actors that were seen, and what each has used. */
  readonly seen: readonly InventoryItem[];
  /** Newest first. */
  readonly releases: readonly Release[];
  /** Number of revoked names. */
  readonly revoked: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export const EVIDENCE = [
  "registry",
  "owners",
  "reviews",
  "clients",
  "credentials",
  "unused",
  "issuers",
  "possession",
  "names",
  "tokens",
  "details",
  "policies",
  "approvals",
  "break_glass",
  "divergence",
  "limits",
  "revocations",
  "console",
  "environments",
  "ledger",
  "decisions",
  "vendors",
  "upstreams",
  "notices",
] as const;
export type EvidenceName = (typeof EVIDENCE)[number];

export function evidenceOf(sources: EvidenceSources): Evidence {
  return { ...ofConfiguration(sources.config), ...ofRegistry(sources), ...ofLedger(sources) };
}

type Names = "issuers" | "possession" | "names" | "tokens" | "details" | "approvals" | "break_glass" | "divergence";
type Around = "limits" | "console" | "vendors" | "upstreams" | "notices";

function ofConfiguration({ gateway, issuers, routes, console, notify, oauth }: Config): Pick<Evidence, Names | Around> {
  const where = (holds: (route: Config["routes"][number]) => boolean): string =>
    listOf(routes.filter(holds).map(({ id }) => id));
  const { max_denials: denials } = gateway;
  return {
    issuers: issuers.map(({ issuer, types }) => `${issuer} (${types.join(", ")})`).join("; "),
    possession: `routes that take tokens without proof of possession: ${where(({ proof }) => proof.includes("bearer"))}`,
    names: `routes that accept names known only from a delegator: ${where(({ actors }) => actors === "told")}`,
    tokens: `narrowed tokens live at most ${Math.max(...routes.map(({ ttl }) => ttl))} s, tokens of the authorization server ${oauth.ttl} s`,
    details: `routes that enforce authorization details: ${where(({ methods }) => Object.values(methods).some(({ details }) => typeof details === "object"))}`,
    approvals: `an approval holds ${gateway.approval_ttl} s; by passkey: ${console.passkeys === undefined ? "not configured" : `relying party ${console.passkeys.rp_id}`}`,
    break_glass: `routes with break-glass: ${where(({ break_glass: emergency }) => emergency)}`,
    divergence:
      denials === undefined
        ? "no number of denials ends a task"
        : `a task ends after ${denials.task ?? "any number of"} denials of its own or ${denials.caller ?? "any number"} of its caller in ${denials.seconds} s`,
    limits: `${gateway.max_hops} hops, ${gateway.max_bytes} bytes a chain, ${gateway.max_in_flight} requests at a time; routes with a rate: ${where(({ limit }) => limit !== undefined)}`,
    console: `auditors: ${listOf(console.auditors)}; operators: ${listOf(console.operators)}; sign-in: ${signInOf(console)}; sessions of ${console.session} s`,
    vendors: `routes where the gateway holds the vendor's credential: ${where(({ credential }) => credential !== undefined)}`,
    upstreams: `routes that sign provenance and body: ${where(({ sign }) => sign)}`,
    notices: notify === undefined ? "no notices: notify.url is not set" : `signed, to ${new URL(notify.url).host}`,
  };
}

function signInOf({ oidc, local }: Config["console"]): string {
  return listOf([
    ...(oidc === undefined ? [] : [`OpenID Connect at ${oidc.issuer}`]),
    ...(local ? ["one-time tokens"] : []),
  ]);
}

type Registered = "registry" | "owners" | "reviews" | "clients" | "environments";

function ofRegistry({ config, workloads, clients, seen, now }: EvidenceSources): Pick<Evidence, Registered> {
  const expired = workloads.filter((workload) => !(now < endOf(workload)));
  const disabled = workloads.filter((workload) => workload.disabled);
  const unreviewed = workloads.filter(({ review_by: by }) => by === undefined);
  const days = config.console.review_days;
  const secrets = clients.filter(({ auth_method: method }) => method.startsWith("client_secret"));
  const kinds = Map.groupBy(workloads, ({ environment = "not said" }) => environment);
  const required = config.routes.filter(({ owners }) => owners === "required").map(({ id }) => id);
  return {
    registry: `${workloads.length} workloads, ${disabled.length} disabled, ${expired.length} expired, ${workloads.filter(({ expires }) => expires !== undefined).length} with an end`,
    owners: `seen without an owner: ${listOf(seen.filter(({ owner }) => owner === undefined).map(({ actor }) => actor))}; routes that require owners: ${listOf(required)}`,
    reviews:
      days === undefined
        ? "not configured (console.review_days)"
        : `every ${days} days; never confirmed: ${listOf(unreviewed.map(({ name }) => name))}; narrowed: ${workloads.filter(({ actions }) => actions !== undefined).length}`,
    clients: `${clients.length} clients, ${secrets.length} with a shared secret: ${listOf(secrets.map(({ client_id: id }) => id))}`,
    environments: listOf([...kinds].map(([environment, all]) => `${environment}: ${all.length}`)),
  };
}

type Kept = "credentials" | "unused" | "policies" | "revocations" | "ledger" | "decisions";

function ofLedger({ config, seen, releases, revoked }: EvidenceSources): Pick<Evidence, Kept> {
  const warned = (text: string): string =>
    listOf(seen.filter(({ warnings }) => warnings.some((each) => each.includes(text))).map(({ actor }) => actor));
  const sum = (count: (item: InventoryItem) => number): number => seen.reduce((all, item) => all + count(item), 0);
  const current = releases.find(({ kind }) => kind === "current");
  return {
    credentials: `longest life of a credential: ${Math.round(Math.max(0, ...seen.map(({ longest }) => longest)) / 60)} min; of 12 h and more: ${warned("credential")}; not seen for 30 days: ${warned("not seen")}`,
    unused: listOf(
      seen
        .filter(({ unused }) => unused.length > 0)
        .map(({ actor, unused }) => `${actor} holds ${unused.join(" ")} and never used it`),
    ),
    policies:
      current?.set === undefined
        ? "nothing is published"
        : `set ${current.set}, published ${new Date(current.iat * 1000).toISOString()} by key ${current.publisher}; ${releases.length} releases`,
    revocations: `${revoked} names are revoked`,
    ledger: `hash chains in ${config.ledger.shards} shards, kept ${config.ledger.keep_days} days; the archive keeps all`,
    decisions: `${sum(({ requests }) => requests)} requests of ${seen.length} actors on record, ${sum(({ denied }) => denied)} of them denied`,
  };
}

function listOf(items: readonly string[]): string {
  return items.length === 0 ? "none" : items.join(", ");
}
