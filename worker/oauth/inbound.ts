/**
 * Grants of other domains (RFC 7523, section 3; draft-ietf-oauth-identity-assertion-authz-grant): from a trusted issuer, for
 * this server and this client, once. Its claims are transcribed: the subject by the issuer's entry, scopes by its table, actors
 * under their own issuer. What the table does not list does not cross.
 */
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from "jose";
import * as v from "valibot";
import { nestActors } from "../chain/nest.ts";
import type { Issuer } from "../config.ts";
import { PROOF_ALGORITHMS } from "../proof/proof.ts";
import { brokenRequirement, mappedClaim } from "../trust/root.ts";
import type { AccessTokenClaims, ActClaim, Actor } from "../types.ts";
import { namesOf } from "./clients.ts";
import { OauthError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { chooseExpiry, chooseScopes, chooseTarget } from "./grant.ts";
import { issueAccessToken, type TokenResponse } from "./issue.ts";
import { GRANT_TYPE } from "./outbound.ts";
import type { Service } from "./service.ts";
import { spendOnce } from "./spend.ts";
import { withStatus } from "./status-list.ts";
import { ACCESS_TOKEN } from "./token-types.ts";

/** Deep enough for the longest chain; deeper is refused. */
const MAX_ACTORS = 16;

const Grant = v.object({
  sub: v.pipe(v.string(), v.minLength(1)),
  client_id: v.string(),
  scope: v.optional(v.string(), ""),
  iat: v.number(),
  exp: v.number(),
  jti: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  txn: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(1024))),
  tctx: v.optional(v.record(v.string(), v.unknown())),
});

/** @throws OauthError `invalid_grant` where the assertion is not a grant for this client */
export async function redeemGrant({ client, parameters, binding }: Exchange, service: Service): Promise<TokenResponse> {
  const { issuer, payload } = await verifyGrant(parameters.need("assertion"), service);
  const parsed = v.safeParse(Grant, payload);
  if (!parsed.success) throw refused("it lacks a claim, or has one of the wrong form");
  const grant = parsed.output;
  if (!namesOf(client).includes(grant.client_id)) throw refused("it is another client's");
  const broken = brokenRequirement(issuer, payload);
  if (broken !== undefined) throw refused(`\`${broken}\` is not as the configuration requires`);
  if (binding === undefined && client.dpop_bound) {
    throw new OauthError("invalid_dpop_proof", "the token must be bound to a key: send a DPoP proof");
  }

  const { config } = service;
  const now = Math.floor(service.now() / 1000);
  const available = grant.scope
    .split(" ")
    .flatMap((scope) => (Object.hasOwn(issuer.scopes, scope) ? [issuer.scopes[scope] as string] : []));
  const claims: AccessTokenClaims = {
    iss: config.gateway.id,
    sub: mappedClaim(issuer, "subject", payload) ?? grant.sub,
    aud: chooseTarget(parameters, client, config),
    client_id: client.client_id,
    scope: chooseScopes(parameters, client, available).join(" "),
    iat: now,
    exp: chooseExpiry(client, config, { now, until: undefined, began: grant.iat }),
    jti: crypto.randomUUID(),
    txn: grant.txn ?? crypto.randomUUID(),
    ...(grant.tctx && { tctx: grant.tctx }),
    act: appendHere(payload["act"], issuer.issuer, { sub: client.actor, iss: config.gateway.id }, client.max_depth),
    ...(binding !== undefined && { cnf: { jkt: binding } }),
    lineage: [],
  };
  // Spent last, when all else holds.
  const until = Math.ceil(grant.exp) + config.gateway.clock_skew;
  const fresh = await spendOnce(`grant ${issuer.issuer}`, grant.jti, until, service);
  if (!fresh) throw refused("it was used before");
  return issueAccessToken(await withStatus(claims, service), ACCESS_TOKEN, service);
}

async function verifyGrant(assertion: string, service: Service): Promise<{ issuer: Issuer; payload: JWTPayload }> {
  const { config, trust, now } = service;
  const name = issuerNamed(assertion);
  const index = config.issuers.findIndex(({ issuer, grants }) => issuer === name && grants);
  const issuer = config.issuers[index];
  if (issuer === undefined) throw refused("its issuer's grants are not accepted here");
  const { kid } = decodeProtectedHeader(assertion);
  while (true) {
    const keys = (trust.anchors().keys[index] ?? []).filter(
      (key) => kid === undefined || key.kid === undefined || key.kid === kid,
    );
    const [key] = keys;
    if (key !== undefined && (kid !== undefined || keys.length === 1)) {
      const { payload } = await jwtVerify(assertion, key, {
        issuer: issuer.issuer,
        audience: config.gateway.id,
        typ: GRANT_TYPE,
        algorithms: PROOF_ALGORITHMS,
        requiredClaims: ["exp", "iat", "jti", "sub"],
        currentDate: new Date(now()),
        clockTolerance: config.gateway.clock_skew,
      }).catch((cause: unknown) => {
        const claim =
          cause instanceof errors.JWTClaimValidationFailed ? `\`${cause.claim}\` is not what it must be` : undefined;
        const over = cause instanceof errors.JWTExpired ? "it has expired" : undefined;
        throw refused(claim ?? over ?? "its signature does not verify");
      });
      return { issuer, payload };
    }
    const found = await trust.lookFor(index);
    if (found === "unavailable")
      throw new OauthError("temporarily_unavailable", "the issuer's keys cannot be had at present", {
        cause: trust.lastFailure(index),
      });
    if (found === "unchanged") throw refused("its issuer has no such key");
  }
}

function issuerNamed(assertion: string): unknown {
  try {
    return decodeJwt(assertion).iss;
  } catch {
    throw refused("it is not a JWT");
  }
}

/** The actors of the other domain, each under an issuer, and the client as the last. Identity claims only. */
function appendHere(inbound: unknown, issuer: string, client: Actor, depth: number): ActClaim {
  const actors: Actor[] = [];
  for (
    let each = inbound as { sub?: unknown; iss?: unknown; act?: unknown } | undefined;
    each !== undefined;
    each = each.act as typeof each
  ) {
    if (typeof each !== "object" || each === null || typeof each.sub !== "string")
      throw refused("`act` has the wrong form");
    actors.unshift({ sub: each.sub, iss: typeof each.iss === "string" ? each.iss : issuer });
    if (actors.length > MAX_ACTORS) throw refused("`act` is nested too deep");
  }
  if (actors.some(({ sub }) => sub === client.sub)) throw refused("the client stands among its actors already");
  if (actors.length + 1 > depth) throw refused("the chain has as many actors as it may have");
  return nestActors([...actors, client] as readonly Actor[] as [Actor, ...Actor[]]);
}

function refused(reason: string): OauthError {
  return new OauthError("invalid_grant", `the assertion is not accepted: ${reason}`);
}
