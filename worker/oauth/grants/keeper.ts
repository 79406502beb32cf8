/**
 * Grants as the endpoints use them: found by a client's secret, rotated to the next one, ended with everything derived
 * from them.
 */

import * as v from "valibot";
import { partyId } from "../../chain/party.ts";
import { keysToRevoke } from "../../chain/revocation.ts";
import { shardOf } from "../../shard.ts";
import { taskOfGrant } from "../authorize/claims.ts";
import { OauthError } from "../errors.ts";
import type { Service } from "../service.ts";
import { takeBack } from "../take-back.ts";
import {
  type Code,
  CodeSchema,
  firstSecret,
  type Grant,
  GrantSchema,
  type GrantSecret,
  hashOf,
  nextSecret,
  readSecret,
  writeSecret,
} from "./grant.ts";
import type { GrantRow, SecretKind } from "./row.ts";

/** Seconds in which a code must be used. */
const CODE_SECONDS = 60;

/** A grant whose valid secret a client has presented. */
export interface Held {
  readonly grant: Grant;
  /** Absent if it was a refresh token. */
  readonly code: Code | undefined;
  readonly secret: GrantSecret;
}

/** Stores a grant. @returns the code that redeems it */
export async function openGrant(grant: Grant, code: Code, service: Service): Promise<string> {
  const { sha256 } = service.core;
  const person = partyId(grant.person);
  const secret = firstSecret(shardOf(person));
  await reach(
    service.grantsAt(secret.shard).open({
      key: hashOf(secret.key, sha256),
      id: grant.txn,
      person,
      grant: JSON.stringify(grant),
      code: JSON.stringify(code),
      kind: "code",
      secret: hashOf(secret.secret, sha256),
      used: 0,
      expires: Math.floor(service.now() / 1000) + CODE_SECONDS,
    }),
  );
  return writeSecret(secret);
}

/**
 * What a code or a refresh token represents. A reused one ends the grant and every token issued from it, because more
 * than one party has it (RFC 9700, section 4.14.2; RFC 6749, section 4.1.2).
 *
 * @throws OauthError `invalid_grant`, `temporarily_unavailable`
 */
export async function findGrant(text: string, kind: Exclude<SecretKind, "none">, service: Service): Promise<Held> {
  const { sha256 } = service.core;
  const secret = secretOf(text, service);
  if (secret === undefined) throw unknown();
  const row = await reach(service.grantsAt(secret.shard).find(hashOf(secret.key, sha256)));
  if (row === undefined) throw unknown();
  const grant = grantOf(row);
  if (row.kind !== kind || row.secret !== hashOf(secret.secret, sha256)) {
    await endGrant(grant, secret, service);
    throw unknown();
  }
  return { grant, secret, code: row.code === "" ? undefined : v.parse(CodeSchema, JSON.parse(row.code)) };
}

/**
 * Uses the secret and replaces it. A second request at the same time finds it used, which ends the grant for both.
 *
 * @param until seconds since the epoch: when the grant ends
 * @returns the refresh token; undefined if the grant has none
 */
export async function turnGrant(
  { grant, secret }: Held,
  { renews, until }: { readonly renews: boolean; readonly until: number },
  service: Service,
): Promise<string | undefined> {
  const { sha256 } = service.core;
  const next = nextSecret(secret);
  const turned = await reach(
    service.grantsAt(secret.shard).turn(hashOf(secret.key, sha256), hashOf(secret.secret, sha256), {
      kind: renews ? "refresh" : "none",
      secret: hashOf(next.secret, sha256),
      grant: JSON.stringify(grant),
      now: Math.floor(service.now() / 1000),
      expires: until,
    }),
  );
  if (!turned) {
    await endTask(grant, "a secret was used twice", service);
    throw unknown();
  }
  return renews ? writeSecret(next) : undefined;
}

/** Ends a grant and everything derived from it. @throws OauthError `temporarily_unavailable` */
export async function endGrant(
  grant: Grant,
  secret: GrantSecret,
  service: Service,
  reason = "a secret was used twice, or by somebody else",
): Promise<void> {
  await endTask(grant, reason, service);
  await reach(service.grantsAt(secret.shard).end(hashOf(secret.key, service.core.sha256)));
}

/**
 * A client revokes its refresh token (RFC 7009, section 2.1). One that is not valid needs no revocation.
 *
 * @throws OauthError `invalid_client` if it is another client's
 */
export async function revokeGrant(text: string, clientId: string, service: Service): Promise<void> {
  const secret = secretOf(text, service);
  const row = secret && (await reach(service.grantsAt(secret.shard).find(hashOf(secret.key, service.core.sha256))));
  if (secret === undefined || row === undefined) return;
  const grant = grantOf(row);
  if (grant.client.id !== clientId) throw new OauthError("invalid_client", "the token was not issued to this client");
  await endGrant(grant, secret, service, `revoked by ${clientId}`);
}

/** What a person has let clients do, newest first. */
export async function grantsOf(person: Grant["person"], service: Service): Promise<{ row: GrantRow; grant: Grant }[]> {
  const id = partyId(person);
  const rows = await reach(service.grantsAt(shardOf(id)).list(id));
  return rows.map((row) => ({ row, grant: grantOf(row) }));
}

/** A person ends a grant. @param id the grant's @returns undefined if the grant is not theirs, or has ended */
export async function endGrantOf(person: Grant["person"], id: string, service: Service): Promise<Grant | undefined> {
  const found = (await grantsOf(person, service)).find(({ row }) => row.id === id);
  if (found === undefined) return undefined;
  await endTask(found.grant, "ended by the person who gave it", service);
  await reach(service.grantsAt(shardOf(partyId(person))).end(found.row.key));
  return found.grant;
}

/** Without `oauth.sign_in` there are no grants, so a text that looks like a secret must not make a shard. */
function secretOf(text: string, { config }: Service): GrantSecret | undefined {
  return config.oauth.sign_in && readSecret(text);
}

async function endTask(grant: Grant, reason: string, service: Service): Promise<void> {
  const { sha256 } = service.core;
  const task = taskOfGrant(grant, service.config.gateway.id, sha256);
  // Nothing derived from it lives longer.
  await takeBack(keysToRevoke("task", [task], sha256), reason, service, grant.expires);
}

function grantOf({ grant }: GrantRow): Grant {
  return v.parse(GrantSchema, JSON.parse(grant));
}

function unknown(): OauthError {
  return new OauthError("invalid_grant", "the code or the refresh token is not valid, or no longer");
}

function reach<T>(work: Promise<T>): Promise<T> {
  return work.catch((cause: unknown) => {
    throw new OauthError("temporarily_unavailable", "the store of grants cannot be reached", { cause });
  });
}
