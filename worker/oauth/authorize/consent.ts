/**
 * What a person is asked, and the token of the form in which they answer: good once, in this browser's session, for what was shown
 * and nothing else (MCP, Security Best Practices, "Confused Deputy Problem").
 */
import { base64url } from "jose";
import * as v from "valibot";
import { seal, unseal } from "../../trust/derived-key.ts";
import { hashOf } from "../grants/grant.ts";
import { hostOf, isProven } from "./client-actor.ts";
import type { Door } from "./door.ts";
import type { AuthorizationRequest } from "./request.ts";
import type { Session } from "./session.ts";

/** Seconds in which a person must answer. */
const SECONDS = 600;

/** Everything that the person sees, and so everything that their answer is about. */
export interface Question {
  readonly client: string;
  readonly name: string;
  readonly kind: "registered" | "document" | "dynamic";
  /** Who answers for the name. */
  readonly host: string | undefined;
  readonly proven: boolean;
  /** Where the browser goes back to. */
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

const Token = v.object({ id: v.string(), until: v.number(), about: v.string() });

type Binding = readonly [session: Session, query: string, question: Question];

/** @param query of the authorization request, as it came */
export async function makeConsentToken(binding: Binding, door: Door): Promise<string> {
  const token = {
    id: crypto.randomUUID(),
    until: Math.floor(door.now() / 1000) + SECONDS,
    about: aboutOf(binding, door),
  };
  return seal(base64url.encode(JSON.stringify(token)), door.consentKey);
}

/**
 * Takes the token of a form.
 *
 * @returns false where it is not ours, too old, of another session, about something else, or was used before
 */
export async function takeConsentToken(text: string, binding: Binding, door: Door): Promise<boolean> {
  const value = await unseal(text, door.consentKey);
  if (value === undefined) return false;
  const { id, until, about } = v.parse(Token, JSON.parse(new TextDecoder().decode(base64url.decode(value))));
  if (until <= Math.floor(door.now() / 1000) || about !== aboutOf(binding, door)) return false;
  return door.service.ledger.spend({ owner: id, name: `consent ${id}`, expires: until });
}

function aboutOf([session, query, question]: Binding, { sha256 }: Door): string {
  return hashOf(JSON.stringify([session.secret, query, question]), sha256);
}
