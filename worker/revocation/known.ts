/**
 * Whether a revocation can have an effect: its name must belong to an authority that this gateway knows, or be
 * registered here. A mistyped name would look valid and silently revoke nothing.
 */
import { authorityOfName, workloadParty } from "../chain/party.ts";
import { isLike } from "../chain/root.ts";
import type { Config } from "../config.ts";
import { type RevocationName, RevocationRefused, textOf } from "./name.ts";

export interface KnownNames {
  readonly config: Pick<Config, "gateway" | "issuers" | "console" | "names">;
  /** The names of everything that is registered here. */
  readonly registered: {
    workloads(): Promise<readonly string[]>;
    clients(): Promise<readonly string[]>;
    /** Names of clients in chains. */
    clientActors(): Promise<readonly string[]>;
  };
}

/** Most names that a message lists. */
const LISTED = 20;

/** @throws RevocationRefused, which names the field and lists what is known */
export async function requireKnown(name: RevocationName, known: KnownNames): Promise<void> {
  const { config, registered } = known;
  if (name.kind === "actor") return requireActor(name, known);
  if (name.kind === "client" && (name.issuer ?? config.gateway.id) === config.gateway.id) {
    const clients = await registered.clients();
    if (!clients.includes(name.client_id))
      throw unknown("client_id", name.client_id, "is not a registered client", clients);
    return;
  }
  if (!("issuer" in name) || name.issuer === undefined) return;
  const issuers = issuersNamed(config);
  if (!issuers.includes(name.issuer))
    throw unknown("issuer", name.issuer, "is not an issuer whose tokens this gateway accepts", issuers);
}

type ActorName = Extract<RevocationName, { kind: "actor" }>;

async function requireActor({ authority: said, name }: ActorName, { config, registered }: KnownNames): Promise<void> {
  const gateway = config.gateway.id;
  const authority = said ?? workloadParty(name, gateway).iss;
  const patterns = config.issuers.flatMap(({ speaks_for: names }) => names);
  const names = async (): Promise<string[]> => [
    ...(await registered.workloads()),
    ...(await registered.clientActors()),
  ];
  if (authority === gateway) {
    // The gateway answers for registered names, and for names without an authority that an issuer may state.
    if (patterns.some((pattern) => isLike(name, pattern))) return;
    const own = [
      ...(await names()).filter((each) => authorityOfName(each) === undefined),
      ...(await registered.clients()),
    ];
    if (!own.includes(name)) throw unknown("name", name, "is not registered here, and names no other authority", own);
    return;
  }
  const authorities = [...issuersNamed(config), ...patterns.flatMap((pattern) => authorityOfName(pattern) ?? [])];
  if (authorities.includes(authority) || isPublished(authority, config.names.published_hosts)) return;
  const all = new Set([...authorities, ...(await names()).flatMap((each) => authorityOfName(each) ?? [])]);
  if (!all.has(authority)) throw unknown("authority", authority, "is not known to this gateway", [...all]);
}

/** Whether names of this authority may be published at its host. */
function isPublished(authority: string, hosts: readonly string[]): boolean {
  if (!authority.startsWith("https://")) return false;
  const host = authority.slice("https://".length);
  return hosts.some((each) => (each.startsWith("*.") ? host.endsWith(each.slice(1)) : host === each));
}

function unknown(field: string, value: string, what: string, known: readonly string[]): RevocationRefused {
  const listed = [...new Set(known)].slice(0, LISTED).map((each) => `\`${each}\``);
  const more = new Set(known).size - listed.length;
  const told = listed.length === 0 ? "nothing" : `${listed.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  const problem = { field, problem: `\`${value}\` ${what}; known: ${told}` };
  return new RevocationRefused(`${textOf(problem)}; to revoke it anyway, send \`unknown: true\` (\`--unknown\`)`, [
    problem,
  ]);
}

/**
 * Valid values of `issuer`: the gateway, its issuers, the trust domains that they speak for, and those at which people
 * sign in to the console.
 */
function issuersNamed({ gateway, issuers, console }: Pick<Config, "gateway" | "issuers" | "console">): string[] {
  const people = [console.oidc?.issuer, console.local_issuer].filter((issuer) => issuer !== undefined);
  return [
    gateway.id,
    ...people,
    ...issuers.flatMap(({ issuer, trust_domain: domain }) =>
      domain === undefined ? [issuer] : [issuer, `spiffe://${domain}`],
    ),
  ];
}
