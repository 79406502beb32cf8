/** `POST /oauth/introspect` (RFC 7662), on request as a signed JWT (RFC 9701). */
import { provenanceClaims } from "../chain/provenance.ts";
import { answer } from "./answer.ts";
import { authenticate } from "./authenticate.ts";
import type { Client } from "./clients.ts";
import { NO_STORE } from "./errors.ts";
import { audiencesOfClient, isClient, isNamed } from "./names.ts";
import { readParameters } from "./parameters.ts";
import { findPresented, isRevoked, type PresentedToken } from "./presented.ts";
import type { Service } from "./service.ts";

const JWT_TYPE = "application/token-introspection+jwt";
/** Claims that only hop 0's issuer can state. */
const STATED_BY_ROOT = ["client_id", "jti", "acr", "auth_time"];

export async function introspectEndpoint(request: Request, service: Service): Promise<Response> {
  try {
    const parameters = await readParameters(request, service.config.gateway);
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

/** An invalid token and one that the client may not inspect get the same answer: not active. */
async function describe(token: string, client: Client, service: Service): Promise<Record<string, unknown>> {
  const presented = await findPresented(token, service);
  if (presented === undefined || !mayKnow(presented, client, service)) return { active: false };
  if (await isRevoked(presented, service)) return { active: false };
  return { active: true, ...told(presented) };
}

/**
 * The verified claims, as every token derived from it would have them. A later hop's claims about subject, actors or
 * client are only its delegator's statements and are left out; its audience, scope and times, which can only be
 * narrower, count.
 */
function told({ facts, leaf, audiences }: PresentedToken): Record<string, unknown> {
  const { root } = facts;
  const bound = (leaf["cnf"] ?? {}) as object;
  const { lineage: _, ...provenance } = provenanceClaims({
    facts,
    actors: facts.actors,
    issuer: root.issuer,
  });
  return {
    ...provenance,
    ...stated(root.claims, STATED_BY_ROOT),
    ...stated(leaf, ["iat", "nbf", "cnf"]),
    aud: audiences.length === 1 ? audiences[0] : audiences,
    scope: facts.scopes.join(" "),
    exp: facts.expires,
    // A token bound to a certificate is presented as Bearer (RFC 8705); one bound to a key needs a DPoP proof.
    token_type: "jkt" in bound || "jwk" in bound ? "DPoP" : "Bearer",
  };
}

function stated(claims: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.flatMap((name) => (claims[name] === undefined ? [] : [[name, claims[name]]])));
}

/** Who may inspect it: the token's audience, its client and its actors. */
function mayKnow({ audiences, facts: { root, actors } }: PresentedToken, client: Client, { config }: Service): boolean {
  const gateway = config.gateway.id;
  const mine = [...audiencesOfClient(client, root.issuer, gateway), ...client.audiences];
  return (
    audiences.some((audience) => mine.includes(audience)) ||
    [root.claims["client_id"], root.claims["azp"]].some((name) => isNamed(name, root, client, gateway)) ||
    actors.some((actor) => isClient(actor, client, gateway))
  );
}
