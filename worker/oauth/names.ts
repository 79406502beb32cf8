/** The parties and names of a client: what a name means depends on the authority that states it. Pure. */

import { authorityOfName, isSameParty, type Party, workloadParty } from "../chain/party.ts";
import type { Actor, Root } from "../chain/types.ts";
import type { Config } from "../config.ts";
import type { Client } from "./clients.ts";

/** The client as an actor: its name in the registry, proven by its credential (`authenticate.ts` asks the registry). */
export function clientActor({ actor }: Pick<Client, "actor">, gateway: string): Actor {
  return { ...workloadParty(actor, gateway), proof: "registered" };
}

/** Whether a party is the client: by its own name, or by its name at an issuer of the registration. */
export function isClient(party: Party, client: Client, gateway: string): boolean {
  return (
    isSameParty(party, clientActor(client, gateway)) ||
    isSameParty(party, { iss: gateway, sub: client.client_id }) ||
    knownTo(party.iss, client).includes(party.sub)
  );
}

/** Whether a name in a token, such as `client_id`, `azp` or `may_act`, means the client at the token's issuer. */
export function isNamed(
  name: unknown,
  root: Pick<Root, "issuer" | "partyOf">,
  client: Client,
  gateway: string,
): boolean {
  if (typeof name !== "string") return false;
  if (isClient(root.partyOf(name), client, gateway)) return true;
  // A name that contains its authority means the same workload whoever states it; other names may not.
  return authorityOfName(name) === undefined ? knownTo(root.issuer, client).includes(name) : name === client.actor;
}

/** The client's names in `aud` of a token: its own name, its aliases, and its name at the token's issuer. */
export function audiencesOfClient(client: Client, issuer: string, gateway: string): string[] {
  const registered = issuer === gateway ? [client.client_id] : [];
  return [client.actor, ...client.aliases, ...registered, ...knownTo(issuer, client)];
}

/**
 * Whether this is the name of the gateway, of an issuer or of its trust domain: a client of this name would count as the
 * issuer in what it states (`issuerParty`), and in names below it (`foreignParties`).
 */
export function isAuthority(name: string, { gateway, issuers }: Pick<Config, "gateway" | "issuers">): boolean {
  const authorities = issuers.flatMap(({ issuer, trust_domain: domain }) => [issuer, `spiffe://${domain}`]);
  return [gateway.id, ...authorities].includes(name);
}

function knownTo(issuer: string, { known_as: names }: Client): readonly string[] {
  return Object.hasOwn(names, issuer) ? (names[issuer] as readonly string[]) : [];
}
