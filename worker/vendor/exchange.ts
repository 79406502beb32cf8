/**
 * Access tokens of vendors for the subject of a chain: the gateway signs who that is, and the vendor trusts its key. By
 * token exchange (RFC 8693) or assertion grant (RFC 7523, section 2.1).
 */
import * as oauth from "oauth4webapi";
import { foreignParties, isSameParty, type Party } from "../chain/party.ts";
import type { NarrowedClaims } from "../claims.ts";
import type { Credential } from "../config.ts";
import { HopError } from "../errors.ts";
import { optionsOf, type ProviderEdges } from "../trust/provider.ts";
import type { Signer } from "../trust/signing.ts";
import { clientAuthentication } from "./client-authentication.ts";
import { type Issued, untilOf } from "./kept.ts";

type Exchange = Extract<Credential, { kind: "exchange" }>;

/** Life of an assertion in seconds; it is sent at once. */
const SECONDS = 60;

const GRANTS = {
  "token-exchange": "urn:ietf:params:oauth:grant-type:token-exchange",
  "jwt-bearer": "urn:ietf:params:oauth:grant-type:jwt-bearer",
} as const;
const JWT_TYPE = "urn:ietf:params:oauth:token-type:jwt";
const ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token";

/**
 * The vendor knows people only by name, so the subject must be of its configured issuer.
 *
 * @throws HopError `subject_foreign`
 */
export function requireKnownSubject({ subjects }: Exchange, subject: Party): void {
  const isOwn = isSameParty(subject, { iss: subjects, sub: subject.sub }) && foreignParties(subject).length === 0;
  if (!isOwn) throw new HopError("subject_foreign");
}

/** @param claims of the narrowed token: subject and actors */
export async function askByExchange(
  credential: Exchange,
  secret: string | undefined,
  claims: NarrowedClaims,
  signer: Signer,
  edges: ProviderEdges,
): Promise<Issued<string>> {
  const { token_url: url, client_id, grant, auth, audience = url, resource, scope } = credential;
  const server = { issuer: audience, token_endpoint: url };
  const assertion = await signer.sign("JWT", assertionOf(claims, audience, edges.now()));
  const parameters = {
    ...(grant === "jwt-bearer"
      ? { assertion }
      : {
          subject_token: assertion,
          subject_token_type: JWT_TYPE,
          requested_token_type: ACCESS_TOKEN_TYPE,
        }),
    ...(scope.length > 0 && { scope: scope.join(" ") }),
    ...(resource !== undefined && { resource }),
  };
  const client = { client_id };
  const authentication = await clientAuthentication(auth, secret);
  const answer = await oauth.genericTokenEndpointRequest(
    server,
    client,
    authentication,
    GRANTS[grant],
    parameters,
    optionsOf(url, edges),
  );
  const issued = await oauth.processGenericTokenEndpointResponse(server, client, answer, {
    // RFC 8693, section 2.2.1: a token that is not an access token comes with `N_A`.
    recognizedTokenTypes: {},
  });
  if (issued.token_type !== "bearer") throw new Error("the vendor does not issue bearer tokens");
  return { value: issued.access_token, until: untilOf(issued.expires_in, edges.now()) };
}

/** The person as subject, the actors as `act` (RFC 8693, section 4.1); its type cannot begin a chain. */
function assertionOf({ iss, sub, sub_id, act, txn }: NarrowedClaims, aud: string, now: number): object {
  const iat = Math.floor(now / 1000);
  return { iss, sub, sub_id, act, txn, aud, iat, exp: iat + SECONDS, jti: crypto.randomUUID() };
}
