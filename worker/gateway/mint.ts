/** Stage 4: a token for one audience, signed by the gateway (RFC 9068), with the chain as `act` (RFC 8693). */
import { nestActors } from "../chain/nest.ts";
import { lineageFrom } from "../chain/revocation.ts";
import { HopError } from "../errors.ts";
import type { Actor, Decision, Minted, NarrowedClaims } from "../types.ts";
import type { Gateway } from "./gateway.ts";
import { narrow } from "./narrow.ts";

type Minting = Pick<Gateway, "config" | "core" | "signer" | "now">;

/** @throws HopError `signing_unavailable`, `lifetime_exhausted` */
export async function mint(decision: Decision, { config, core, signer, now }: Minting): Promise<Minted> {
  const { chain } = decision;
  const evidence = { chain, decision };
  if (signer === undefined) throw new HopError("signing_unavailable", { evidence });
  const issued = Math.floor(now() / 1000);
  const { audience, scopes, expires } = narrow(decision, issued);
  if (expires <= issued) throw new HopError("lifetime_exhausted", { evidence });

  const claims: NarrowedClaims = {
    iss: config.gateway.id,
    sub: chain.subject.sub,
    aud: audience,
    client_id: (chain.actors.at(-1) as Actor).sub,
    scope: scopes.join(" "),
    iat: issued,
    nbf: issued,
    exp: expires,
    jti: crypto.randomUUID(),
    txn: chain.txn,
    ...(chain.tctx && { tctx: chain.tctx }),
    act: nestActors(chain.actors),
    pth: chain.hash,
    lineage: lineageFrom(chain, core.sha256),
    decision: chain.presentation.id,
  };
  const token = await signer.sign("at+jwt", claims);
  const txnToken = chain.presentation.route.txn_token
    ? await signer.sign("txntoken+jwt", txnClaims(decision, claims, config.gateway.trust_domain))
    : undefined;
  return { decision, claims, token, txnToken };
}

/** For propagation inside the trust domain (draft-ietf-oauth-transaction-tokens). */
function txnClaims({ chain }: Decision, claims: NarrowedClaims, trustDomain: string): object {
  const { request, method, url } = chain.presentation;
  const ip = request.headers.get("cf-connecting-ip");
  return {
    iss: claims.iss,
    aud: trustDomain,
    txn: claims.txn,
    sub: claims.sub,
    scope: claims.scope,
    req_wl: claims.client_id,
    iat: claims.iat,
    exp: claims.exp,
    jti: crypto.randomUUID(),
    tctx: claims.tctx ?? {},
    rctx: { ...(ip !== null && { req_ip: ip }), method, path: url.pathname },
  };
}
