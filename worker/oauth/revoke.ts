/** Revoking tokens: `POST /oauth/revoke` (RFC 7009), and the end of a task, `POST /oauth/tasks/<txn>/end`. */
import { keysToRevoke } from "../chain/revocation.ts";
import { answer } from "./answer.ts";
import { authenticate, identify } from "./authenticate.ts";
import type { Client } from "./clients.ts";
import { NO_STORE, OauthError } from "./errors.ts";
import { isGrantSecret } from "./grants/grant.ts";
import { revokeGrant } from "./grants/keeper.ts";
import { isClient, isNamed } from "./names.ts";
import { readParameters } from "./parameters.ts";
import { findPresented, type PresentedToken, verifyPresented } from "./presented.ts";
import type { Service } from "./service.ts";
import { takeBack } from "./take-back.ts";

/**
 * Revokes a token and everything derived from it; for a refresh token, everything from the same consent. An invalid
 * token is answered 200 (section 2.2).
 */
export async function revokeEndpoint(request: Request, service: Service): Promise<Response> {
  try {
    const parameters = await readParameters(request, service.config.gateway);
    const client = await identify(request, parameters, service);
    const token = parameters.need("token");
    if (isGrantSecret(token)) {
      await revokeGrant(token, client.client_id, service);
      return new Response(null, { headers: NO_STORE });
    }
    const presented = await findPresented(token, service, "ending");
    if (presented !== undefined) {
      if (!isParty(presented, client, service))
        throw new OauthError("invalid_client", "the token was not issued to this client");
      // Nothing derived from a token outlives it, so the revocation can end with it.
      await takeBack(keysOf(presented, service), `revoked by ${client.client_id}`, service, presented.facts.expires);
    }
    return new Response(null, { headers: NO_STORE });
  } catch (error) {
    return answer(error, request);
  }
}

/** Ends a task and everything under it. The client presents a token of the task in which it takes part. */
export async function endTaskEndpoint(request: Request, txn: string, service: Service): Promise<Response> {
  try {
    const parameters = await readParameters(request, service.config.gateway);
    const client = await authenticate(request, parameters, service);
    const presented = await verifyPresented("token", parameters.need("token"), service, "ending");
    const { task } = presented.facts;
    if (task.txn !== txn) throw new OauthError("invalid_request", "the token belongs to another task");
    if (!isParty(presented, client, service))
      throw new OauthError("unauthorized_client", "the client does not take part in the task");
    await takeBack(keysToRevoke("task", [task.id], service.core.sha256), `ended by ${client.client_id}`, service);
    return Response.json({ txn, task: task.id, ended: true }, { headers: NO_STORE });
  } catch (error) {
    return answer(error, request);
  }
}

/** Issued to the client, or with the client among its actors. */
function isParty({ facts: { root, actors } }: PresentedToken, client: Client, { config }: Service): boolean {
  const gateway = config.gateway.id;
  const named = [root.claims["client_id"], root.claims["azp"]].some((name) => isNamed(name, root, client, gateway));
  // A told actor may be anyone.
  return named || actors.some((actor) => actor.proof !== "told" && isClient(actor, client, gateway));
}

/** A root is also revoked as its issuer's token; a later hop's `jti` is whatever its delegator wrote. */
function keysOf({ facts: { hops, root } }: PresentedToken, { core: { sha256 } }: Service): string[] {
  const { name } = hops.at(-1) as (typeof hops)[0];
  const { jti } = root.claims;
  const token = hops.length === 1 && typeof jti === "string" ? keysToRevoke("token", [root.issuer, jti], sha256) : [];
  return [...token, ...keysToRevoke("hop", [name], sha256)];
}
