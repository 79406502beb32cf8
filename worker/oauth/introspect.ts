/** `POST /oauth/introspect` (RFC 7662), on demand as a signed JWT (RFC 9701). */
import { answer } from "./answer.ts";
import { authenticate } from "./authenticate.ts";
import type { Client } from "./clients.ts";
import { NO_STORE } from "./errors.ts";
import { audiencesOfClient, isClient, isNamed } from "./names.ts";
import { readParameters } from "./parameters.ts";
import { findPresented, isRevoked, type PresentedToken } from "./presented.ts";
import type { Service } from "./service.ts";

const JWT_TYPE = "application/token-introspection+jwt";
/** Claims of a token that are told; `act` and `txn` say who did what for whom. */
const TOLD = [
  "iss",
  "sub",
  "aud",
  "client_id",
  "scope",
  "iat",
  "nbf",
  "exp",
  "jti",
  "txn",
  "tctx",
  "sub_id",
  "txn_by",
  "txn_began",
  "purpose_by",
  "act",
  "act_proof",
  "cnf",
  "acr",
  "auth_time",
  "authorization_details",
];

export async function introspectEndpoint(request: Request, service: Service): Promise<Response> {
  try {
    const parameters = await readParameters(request);
    const client = await authenticate(request, parameters, service);
    const described = await describe(parameters.need("token"), client, service);
    if (!request.headers.get("accept")?.includes(JWT_TYPE)) return Response.json(described, { headers: NO_STORE });
    const claims = {
      iss: service.config.gateway.id,
      aud: client.client_id,
      iat: Math.floor(service.now() / 1000),
      token_introspection: described,
    };
    const jwt = await service.signer.sign("token-introspection+jwt", claims);
    return new Response(jwt, { headers: { ...NO_STORE, "content-type": JWT_TYPE } });
  } catch (error) {
    return answer(error, request);
  }
}

/** What is wrong with a token, or that it is none of the client's business, is told alike: it is not active. */
async function describe(token: string, client: Client, service: Service): Promise<Record<string, unknown>> {
  const presented = await findPresented(token, service);
  if (presented === undefined || !mayKnow(presented, client, service)) return { active: false };
  if (await isRevoked(presented, service)) return { active: false };
  const { leaf, facts } = presented;
  const told = Object.fromEntries(TOLD.flatMap((name) => (leaf[name] === undefined ? [] : [[name, leaf[name]]])));
  const bound = (leaf["cnf"] as { jkt?: unknown } | undefined)?.jkt !== undefined;
  return { active: true, ...told, sub: facts.subject.sub, txn: facts.task.txn, token_type: bound ? "DPoP" : "Bearer" };
}

/** The token's audience, the client that it was issued to, and its actors. */
function mayKnow({ audiences, facts: { root, actors } }: PresentedToken, client: Client, { config }: Service): boolean {
  const gateway = config.gateway.id;
  const mine = [...audiencesOfClient(client, root.issuer, gateway), ...client.audiences];
  return (
    audiences.some((audience) => mine.includes(audience)) ||
    [root.claims["client_id"], root.claims["azp"]].some((name) => isNamed(name, root, client, gateway)) ||
    actors.some((actor) => isClient(actor, client, gateway))
  );
}
