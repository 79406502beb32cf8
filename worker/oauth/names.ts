/** Which parties and names are a client's: the authority that says a name decides what it means. Pure. */

import { authorityOfName, isSameParty, type Party, workloadParty } from "../chain/party.ts";
import type { Actor, Root } from "../chain/types.ts";
import type { Client } from "./clients.ts";

/** The client as it acts: its name in the registry, proven by what it authenticates with (`authenticate.ts` asks the registry). */
export function clientActor({ actor }: Pick<Client, "actor">, gateway: string): Actor {
  return { ...workloadParty(actor, gateway), proof: "registered" };
}

/** Whether a party is the client: itself, or what an issuer that the registration names calls it. */
export function isClient(party: Party, client: Client, gateway: string): boolean {
  return (
    isSameParty(party, clientActor(client, gateway)) ||
    isSameParty(party, { iss: gateway, sub: client.client_id }) ||
    knownTo(party.iss, client).includes(party.sub)
  );
}

/** Whether a token means the client by a name of its issuer's, such as `client_id`, `azp` or `may_act`. */
export function isNamed(
  name: unknown,
  root: Pick<Root, "issuer" | "partyOf">,
  client: Client,
  gateway: string,
): boolean {
  if (typeof name !== "string") return false;
  if (isClient(root.partyOf(name), client, gateway)) return true;
  // A name that contains its authority means one workload, whoever states it; another name may not.
  return authorityOfName(name) === undefined ? knownTo(root.issuer, client).includes(name) : name === client.actor;
}

/** What `aud` of a token may call the client: its own name, its aliases, and what the token's issuer knows it as. */
export function audiencesOfClient(client: Client, issuer: string, gateway: string): string[] {
  const registered = issuer === gateway ? [client.client_id] : [];
  return [client.actor, ...client.aliases, ...registered, ...knownTo(issuer, client)];
}

function knownTo(issuer: string, { known_as: names }: Client): readonly string[] {
  return Object.hasOwn(names, issuer) ? (names[issuer] as readonly string[]) : [];
}
