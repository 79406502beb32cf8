/** Finds the client of an id: registered by an operator, by its document, or by its own registration, in this order. */
import type { Config } from "../config.ts";
import type { Client, ClientEdges, ClientStore } from "./clients.ts";
import { createDocuments, type DocumentEdges } from "./documents.ts";
import { findRegistration } from "./registrations/dynamic.ts";
import type { RegistrationStore } from "./service.ts";

interface Finding extends ClientEdges, DocumentEdges {
  readonly registrations: Pick<RegistrationStore, "find">;
}

/** One for each isolate. */
export function createFinder({ gateway, oauth: { sign_in: signIn } }: Config, registered: ClientStore) {
  const findDocument = createDocuments(signIn?.client_hosts ?? []);
  return async (clientId: string, edges: Finding): Promise<Client | undefined> => {
    // A registration counts before any document, even if it is disabled.
    const known = await registered.find(clientId, edges);
    if (known !== undefined || signIn === undefined) return known;
    return (await findRegistration(clientId, edges.registrations, gateway.id)) ?? (await findDocument(clientId, edges));
  };
}
