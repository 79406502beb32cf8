/** The actor that a client is in chains that people let it begin, and how its name is known. Pure. */
import { toldParty, workloadParty } from "../../chain/party.ts";
import type { Actor } from "../../chain/types.ts";
import type { Client } from "../clients.ts";
import { isHeldByOwner } from "../redirect-uri.ts";

type Asking = Pick<Client, "kind" | "auth_method" | "actor" | "client_id">;

/**
 * Whether the client's identity is proven: it has a credential, or the answer goes to an address that only the name's
 * owner receives. On the loopback any program may listen (RFC 8252, section 8.6), and a client's description of itself
 * proves nothing.
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

/** The host that answers for the client's name; undefined if no host does. */
export function hostOf({ kind, client_id: id }: Asking): string | undefined {
  return kind === "document" ? new URL(id).host : undefined;
}
