/** Makes a grant of what a person has allowed, and a code that redeems it. */

import type { NewEntry } from "../../ledger/admission.ts";
import { actEntry } from "../../ledger/new-entry.ts";
import { newAct } from "../../ledger/record.ts";
import { OauthError } from "../errors.ts";
import { fromRegistry } from "../from-registry.ts";
import type { Grant } from "../grants/grant.ts";
import { openGrant } from "../grants/keeper.ts";
import { admitIssue } from "../issue.ts";
import { keepRegistration } from "../registrations/dynamic.ts";
import type { Service } from "../service.ts";
import { claimsOf, taskOfGrant } from "./claims.ts";
import { actorOf, hostOf } from "./client-actor.ts";
import type { AuthorizationRequest } from "./request.ts";
import type { Session } from "./session.ts";

/** Seconds for which the consent lasts. */
export function lastsOf({ config }: Pick<Service, "config">): number {
  return Math.max(config.oauth.sign_in?.lasts ?? 0, config.oauth.ttl);
}

/**
 * @throws OauthError `access_denied` if the person, the client or a name was revoked or disabled;
 * `temporarily_unavailable`
 */
export async function giveCode(request: AuthorizationRequest, session: Session, service: Service): Promise<string> {
  const { config, names } = service;
  const gateway = config.gateway.id;
  const now = Math.floor(service.now() / 1000);
  const grant = grantOf(request, session, now, await isOthers(request, names), service);
  const claims = claimsOf(grant, {
    scopes: grant.scopes,
    client: request.client,
    gateway,
    now,
    expires: grant.expires,
  });
  // In force since the sign-in, so a revocation since then applies.
  const issue = {
    claims,
    standings: [],
    issued: session.began,
    entry: consentOf(grant, session, service),
    placed: false,
  };
  await admitIssue(issue, service).catch((cause: unknown) => {
    const refused = cause instanceof OauthError && cause.code === "invalid_grant";
    throw refused ? new OauthError("access_denied", cause.message, { cause }) : cause;
  });
  const code = await openGrant(
    grant,
    { challenge: request.challenge, ...(request.jkt && { jkt: request.jkt }) },
    service,
  );
  await keepRegistration(request.client, service);
  return code;
}

async function isOthers({ client }: AuthorizationRequest, names: Service["names"]): Promise<boolean> {
  const { proof } = await fromRegistry(names.prove({ name: client.actor, thumbprint: undefined }));
  return proof === "others";
}

function grantOf(
  { client, redirectUri, resource, route, scopes }: AuthorizationRequest,
  { person, subject, lineage, acr, auth_time: authTime, root_claims: claims }: Session,
  now: number,
  othersName: boolean,
  service: Service,
): Grant {
  const host = hostOf(client);
  return {
    txn: crypto.randomUUID(),
    person: { iss: person.iss, sub: person.sub },
    subject,
    lineage,
    ...(acr !== undefined && { acr }),
    ...(authTime !== undefined && { auth_time: authTime }),
    ...(claims !== undefined && { root_claims: claims }),
    client: {
      id: client.client_id,
      name: client.client_name ?? client.client_id,
      ...(host !== undefined && { host }),
      actor: actorOf(client, redirectUri, othersName, service.config.gateway.id),
    },
    redirect_uri: redirectUri,
    resource,
    route: route.id,
    scopes: [...scopes],
    began: now,
    expires: now + lastsOf(service),
  };
}

/** Begins the ledger of the task. */
function consentOf(grant: Grant, { person }: Session, service: Service): NewEntry {
  const { client, resource, scopes, redirect_uri, expires } = grant;
  const { sha256 } = service.core;
  const act = newAct(service.now(), {
    act: "consented",
    by: { iss: person.iss, sub: person.sub, name: person.name },
    about: { client: client.id, proof: client.actor.proof, resource, scopes, redirect_uri, expires },
  });
  return { ...actEntry(taskOfGrant(grant, service.config.gateway.id, sha256), act, sha256), txn: grant.txn };
}
