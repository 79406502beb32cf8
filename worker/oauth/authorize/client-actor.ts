/** Who a client is in the chains that people let it begin, and how its name is known. Pure. */
import { toldParty, workloadParty } from "../../chain/party.ts";
import type { Actor } from "../../chain/types.ts";
import type { Client } from "../clients.ts";
import { isHeldByOwner } from "../redirect-uri.ts";

type Asking = Pick<Client, "kind" | "auth_method" | "actor" | "client_id">;

/**
 * Whether it must be the one that it says it is: it has a credential, or what people allow goes where only the owner of a name
 * gets it. On the loopback any program may listen (RFC 8252, section 8.6), and who describes itself proves nothing.
 */
export function isProven({ kind, auth_method: method }: Asking, redirectUri: string): boolean {
  return kind !== "dynamic" && (method !== "none" || isHeldByOwner(redirectUri));
}

/** @param isOthers whether the registry has the name with its own keys */
export function actorOf(client: Asking, redirectUri: string, isOthers: boolean, gateway: string): Actor {
  const { actor, kind } = client;
  if (!isProven(client, redirectUri) || (kind === "document" && isOthers))
    return { ...toldParty(gateway, actor), proof: "told" };
  return { ...workloadParty(actor, gateway), proof: kind === "document" ? "published" : "registered" };
}

/** The host that answers for the client's name; undefined where nobody outside does. */
export function hostOf({ kind, client_id: id }: Asking): string | undefined {
  return kind === "document" ? new URL(id).host : undefined;
}
