/** Access tokens of a vendor's token endpoint in requests: the gateway's own, or one for the subject of the chain. */
import type { Credential } from "../config.ts";
import { HopError } from "../errors.ts";
import type { Signer } from "../trust/signing.ts";
import { available } from "./available.ts";
import { askByClientCredentials } from "./client-credentials.ts";
import { askByExchange, requireKnownSubject } from "./exchange.ts";
import type { Kept } from "./kept.ts";
import { type Credentialed, type Credentialing, withBearer } from "./placed.ts";

type Client = Extract<Credential, { kind: "oauth" }>;
type Exchange = Extract<Credential, { kind: "exchange" }>;

export interface TokenEdges {
  /** A secret of the Worker. */
  secretOf(name: string): string | undefined;
  readonly vendorTokens: Kept<string>;
  readonly signer: Signer | undefined;
  fetch(request: Request): Promise<Response>;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** @throws HopError `credential_unavailable` */
export async function withClientToken(
  request: Request,
  client: Client,
  secret: string,
  edges: TokenEdges,
): Promise<Credentialed> {
  // The secret is part of the name, so that nothing from the old one is used after a rotation.
  const name = JSON.stringify([client, secret]);
  const token = await available(
    edges.vendorTokens.get(name, edges.now(), () => askByClientCredentials(client, secret, edges)),
  );
  return { ...withBearer(request, token, [secret]), refused: () => edges.vendorTokens.forget(name, edges.now()) };
}

/**
 * A token is cached for its chain only, because another chain has other actors. @throws HopError
 * `credential_unavailable`, `subject_foreign`
 */
export async function withSubjectToken(
  { request, minted }: Credentialing,
  exchange: Exchange,
  secret: string | undefined,
  edges: TokenEdges,
): Promise<Credentialed> {
  const { subject, hash } = minted.decision.chain;
  requireKnownSubject(exchange, subject);
  const { signer } = edges;
  if (signer === undefined) throw new HopError("signing_unavailable");
  const name = JSON.stringify([exchange, secret, hash]);
  const token = await available(
    edges.vendorTokens.get(name, edges.now(), () => askByExchange(exchange, secret, minted.claims, signer, edges)),
  );
  const secrets = secret === undefined ? [] : [secret];
  return { ...withBearer(request, token, secrets), refused: () => edges.vendorTokens.forget(name, edges.now()) };
}
