/** Taking tokens back: `POST /oauth/revoke` (RFC 7009), and the end of a task, `POST /oauth/tasks/<txn>/end`. */
import { keysToRevoke } from "../chain/revocation.ts";
import type { Actor } from "../types.ts";
import { answer } from "./answer.ts";
import { authenticate } from "./authenticate.ts";
import { type Client, namesOf } from "./clients.ts";
import { NO_STORE, OauthError } from "./errors.ts";
import { readParameters } from "./parameters.ts";
import { findPresented, type PresentedToken, verifyPresented } from "./presented.ts";
import type { Service } from "./service.ts";

/** Ends a token and all that was derived from it. A token that is not good any more needs no ending: 200 (section 2.2). */
export async function revokeEndpoint(request: Request, service: Service): Promise<Response> {
  try {
    const parameters = await readParameters(request);
    const client = await authenticate(request, parameters, service);
    const presented = await findPresented(parameters.need("token"), service);
    if (presented !== undefined) {
      if (!isParty(presented, client))
        throw new OauthError("invalid_client", "the token was not issued to this client");
      const { hash, claims } = presented.facts.hops.at(-1) as PresentedToken["facts"]["hops"][0];
      const { sha256 } = service.core;
      const token =
        typeof claims["jti"] === "string"
          ? keysToRevoke("token", [claims["iss"] as string, claims["jti"]], sha256)
          : [];
      await revoke([...token, ...keysToRevoke("hop", [hash], sha256)], `revoked by ${client.client_id}`, service);
    }
    return new Response(null, { headers: NO_STORE });
  } catch (error) {
    return answer(error, request);
  }
}

/** Ends everything done under a task. The client shows a token of the task in which it takes part. */
export async function endTaskEndpoint(request: Request, txn: string, service: Service): Promise<Response> {
  try {
    const parameters = await readParameters(request);
    const client = await authenticate(request, parameters, service);
    const presented = await verifyPresented("token", parameters.need("token"), service);
    if (presented.facts.txn !== txn) throw new OauthError("invalid_request", "the token belongs to another task");
    if (!isParty(presented, client))
      throw new OauthError("unauthorized_client", "the client takes no part in the task");
    await revoke(keysToRevoke("txn", [txn], service.core.sha256), `ended by ${client.client_id}`, service);
    return Response.json({ txn, ended: true }, { headers: NO_STORE });
  } catch (error) {
    return answer(error, request);
  }
}

async function revoke(keys: readonly string[], reason: string, service: Service): Promise<void> {
  await service.revoke(keys, reason).catch((cause: unknown) => {
    throw new OauthError("temporarily_unavailable", "the revocation store cannot be reached", { cause });
  });
}

/** Issued to the client, or with the client among its actors. */
function isParty({ facts, root }: PresentedToken, client: Client): boolean {
  const names = namesOf(client);
  const parties = [root["client_id"], root["azp"], ...facts.actors.map(({ sub }: Actor) => sub)];
  return parties.some((party) => typeof party === "string" && names.includes(party));
}
