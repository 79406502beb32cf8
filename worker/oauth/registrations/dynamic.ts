/**
 * Clients that have registered themselves (RFC 7591). Only they state their names, so in chains these are told
 * (docs/mcp.md).
 */
import { type Client, unregistered } from "../clients.ts";
import { OauthError } from "../errors.ts";
import type { Service } from "../service.ts";

const PREFIX = "dynamic.";
/** Seconds within which a person must have allowed it something. */
const UNUSED_SECONDS = 3_600;

/** The metadata that is stored. */
export interface Described {
  readonly client_name: string;
  readonly redirect_uris: readonly string[];
}

type Storing = Pick<Service, "registrations" | "now">;

/** @returns its id. @throws OauthError `temporarily_unavailable` */
export async function addRegistration(described: Described, service: Storing): Promise<string> {
  const id = PREFIX + crypto.randomUUID();
  const expires = Math.floor(service.now() / 1000) + UNUSED_SECONDS;
  const added = await reach(service.registrations.add(id, JSON.stringify(described), expires));
  if (!added) throw new OauthError("temporarily_unavailable", "the maximum number of clients is registered");
  return id;
}

/** Undefined if the id is not of such a client. Rejects if the store cannot be reached. */
export async function findRegistration(
  id: string,
  registrations: Pick<Service["registrations"], "find">,
  gateway: string,
): Promise<Client | undefined> {
  if (!/^dynamic\.[0-9a-f-]{36}$/.test(id)) return undefined;
  const text = await registrations.find(id);
  if (text === undefined) return undefined;
  const { client_name, redirect_uris: redirects } = JSON.parse(text) as Described;
  return {
    kind: "dynamic",
    client_id: id,
    client_name,
    actor: `${gateway.replace(/\/$/, "")}/clients/${id.slice(PREFIX.length)}`,
    auth_method: "none",
    ...unregistered([...redirects]),
    owner: "unknown",
    purpose: client_name,
  };
}

/** It is in use, so it is kept longer. */
export async function keepRegistration({ kind, client_id: id }: Client, service: Service): Promise<void> {
  if (kind !== "dynamic") return;
  const { registration_lasts: lasts = 0 } = service.config.oauth.sign_in ?? {};
  await reach(service.registrations.keep(id, Math.floor(service.now() / 1000) + lasts));
}

function reach<T>(work: Promise<T>): Promise<T> {
  return work.catch((cause: unknown) => {
    throw new OauthError("temporarily_unavailable", "the store of registrations cannot be reached", { cause });
  });
}
