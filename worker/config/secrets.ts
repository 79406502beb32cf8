/** The Worker's secrets that the configuration names, in addition to those that every gateway has. Pure. */
import type { AskingProxy } from "./authorizer.ts";
import { FEDERATION_KEYS, VAULT_KEYS } from "./own-secrets.ts";
import type { Receiver } from "./receivers.ts";
import type { Route } from "./route.ts";
import type { Vendor } from "./vendors.ts";

/** Secrets that are a set of keys, in which the new key is added beside the old one. */
export const KEY_SETS: readonly string[] = [VAULT_KEYS, FEDERATION_KEYS];
const CLOUDS: readonly string[] = ["aws", "google", "azure"];

export interface NamedSecret {
  readonly name: string;
  /** What in the configuration needs it. */
  readonly by: string;
}

export interface Naming {
  readonly routes: readonly Pick<Route, "id" | "credential">[];
  readonly vendors: Readonly<Record<string, Pick<Vendor, "secret">>>;
}

/** Secrets for the gateway or a person at vendors: each name once. */
export function vendorSecrets({ routes, vendors }: Naming): NamedSecret[] {
  const named = [
    ...routes.flatMap(({ id, credential }) =>
      secretsOf(credential).map((name) => ({ name, by: `the credential of route ${id}` })),
    ),
    ...Object.entries(vendors).flatMap(([name, { secret }]) =>
      secret === undefined ? [] : [{ name: secret, by: `the vendor ${name}` }],
    ),
    ...(Object.keys(vendors).length > 0 ? [{ name: VAULT_KEYS, by: "vendors" }] : []),
  ];
  return named.filter(({ name }, index) => named.findIndex((each) => each.name === name) === index);
}

function secretsOf(credential: Route["credential"]): string[] {
  if (credential === undefined) return [];
  if (CLOUDS.includes(credential.kind)) return [FEDERATION_KEYS];
  return "secret" in credential && credential.secret !== undefined ? [credential.secret] : [];
}

export interface Known {
  readonly secrets: Readonly<Record<string, { readonly next?: string | undefined }>>;
  readonly authorizer: { readonly proxies: readonly Pick<AskingProxy, "secret">[] };
  readonly receivers: readonly Pick<Receiver, "secret">[];
}

/** Name of the secret that replaces another; undefined if the configuration names none. */
export function nextOf(name: string, secrets: Known["secrets"]): string | undefined {
  return Object.hasOwn(secrets, name) ? secrets[name]?.next : undefined;
}

/**
 * The value to use under a name of the configuration: that of its `next` as soon as that is set.
 *
 * @param read the value that is set under a name
 */
export function secretInUse(
  name: string,
  { secrets }: Pick<Known, "secrets">,
  read: (name: string) => string | undefined,
): string | undefined {
  const next = nextOf(name, secrets);
  return (next === undefined ? undefined : read(next)) || read(name);
}

/** Names of optional secrets: those that replace others. */
export function nextSecrets({ secrets }: Pick<Known, "secrets">): string[] {
  return Object.values(secrets).flatMap(({ next }) => next ?? []);
}

/** Names of these, and of the secrets of proxies and receivers. */
export function namedSecrets({ authorizer, receivers, ...naming }: Naming & Omit<Known, "secrets">): string[] {
  const names = vendorSecrets(naming).map(({ name }) => name);
  return [...new Set([...names, ...callerSecrets({ authorizer, receivers })])];
}

/** The secrets of proxies and receivers. */
export function callerSecrets({ authorizer, receivers }: Omit<Known, "secrets">): string[] {
  return [...authorizer.proxies.flatMap(({ secret }) => secret ?? []), ...receivers.map(({ secret }) => secret)];
}
