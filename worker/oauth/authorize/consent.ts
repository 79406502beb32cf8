/** The question to a person when a client wants to act for them. Pure. */
import { hostOf, isProven } from "./client-actor.ts";
import type { AuthorizationRequest } from "./request.ts";

/** Everything that the person sees, which is what their answer covers. */
export interface Question {
  readonly client: string;
  readonly name: string;
  readonly kind: "registered" | "document" | "dynamic";
  /** Who answers for the name. */
  readonly host: string | undefined;
  readonly proven: boolean;
  /** The address that the browser returns to. */
  readonly redirect: string;
  readonly resource: string;
  readonly route: string;
  readonly scopes: readonly string[];
  /** Seconds for which it lasts. */
  readonly lasts: number;
}

export function questionOf(
  { client, redirectUri, resource, route, scopes }: AuthorizationRequest,
  lasts: number,
): Question {
  return {
    client: client.client_id,
    name: client.client_name ?? client.client_id,
    kind: client.kind ?? "registered",
    host: hostOf(client),
    proven: isProven(client, redirectUri),
    redirect: redirectUri,
    resource,
    route: route.id,
    scopes,
    lasts,
  };
}
