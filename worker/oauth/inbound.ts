/**
 * Grants of other domains (RFC 7523, section 3; draft-ietf-oauth-identity-assertion-authz-grant): from a trusted
 * issuer, for this server and this client, once. Its claims are translated: the subject by the issuer's entry, scopes
 * by its table. The issuer answers for every party that it names, so none of them is ever a party of ours, whatever its
 * name.
 */
import { errors, type JWTPayload, jwtVerify } from "jose";
import * as v from "valibot";
import { nestActors, readActors } from "../chain/act.ts";
import { isSameParty } from "../chain/party.ts";
import { rootClaims } from "../chain/provenance.ts";
import { rootPurpose } from "../chain/purpose.ts";
import { lineageOfRoot } from "../chain/revocation.ts";
import { readRoot, rootParty } from "../chain/root.ts";
import { subjectOf } from "../chain/subject.ts";
import { isReserved } from "../chain/task.ts";
import type { Actor, Purpose, Root } from "../chain/types.ts";
import type { AccessTokenClaims } from "../claims.ts";
import type { Issuer } from "../config.ts";
import { HopError } from "../errors.ts";
import { PROOF_ALGORITHMS } from "../proof/jws.ts";
import { findKey } from "../trust/find-key.ts";
import { brokenRequirement } from "../trust/root.ts";
import { readStrictJws, type UnverifiedJws } from "../trust/strict-jws.ts";
import { withRequestDetails } from "./contexts.ts";
import { chooseDetails } from "./details.ts";
import { OauthError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { chooseExpiry, chooseScopes, chooseTarget } from "./grant.ts";
import { admitIssue, issueAccessToken, type TokenResponse } from "./issue.ts";
import { clientActor, isNamed } from "./names.ts";
import { GRANT_TYPE } from "./outbound.ts";
import { grantedEntry } from "./record.ts";
import type { Service } from "./service.ts";
import { ACCESS_TOKEN } from "./token-types.ts";

/** Longest remaining life of a grant, in seconds: a grant is meant to be used in the other domain at once. */
const MAX_GRANT = 3_600;

/** A name that the core accepts (docs/chain.md). */
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(1024), v.regex(/^[^\p{Cc}]*$/u));

/** A well-formed `act`: an object of names at every depth. */
interface Nested {
  readonly sub: string;
  readonly iss?: string | undefined;
  readonly act?: Nested | undefined;
}
const Act: v.GenericSchema<Nested> = v.object({
  sub: name,
  iss: v.optional(name),
  act: v.optional(v.lazy(() => Act)),
});

/** Name of the task: one reserved for the gateway would count as the gateway's own. */
const txn = v.pipe(
  name,
  v.check((each) => !isReserved(each)),
);
const time = v.pipe(v.number(), v.minValue(0), v.finite());

const Grant = v.looseObject({
  // Only this authorization server as audience: another one that it names could use it here first.
  aud: v.union([v.string(), v.pipe(v.array(v.string()), v.length(1))]),
  sub: name,
  client_id: name,
  scope: v.optional(v.string(), ""),
  iat: time,
  exp: time,
  jti: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  txn: v.optional(txn),
  txn_began: v.optional(time),
  tctx: v.optional(v.record(v.string(), v.unknown())),
  act: v.optional(Act),
  cnf: v.optional(v.object({ jkt: v.string() })),
  resource: v.optional(v.union([v.string(), v.array(v.string())])),
  authorization_details: v.optional(v.pipe(v.array(v.record(v.string(), v.unknown())), v.maxLength(16))),
});
type Grant = v.InferOutput<typeof Grant>;

/** @throws OauthError `invalid_grant` if the assertion is not a grant for this client */
export async function redeemGrant(asked: Exchange, service: Service): Promise<TokenResponse> {
  const { client, parameters, binding } = asked;
  const { issuer, payload } = await verifyGrant(parameters.need("assertion"), service);
  const parsed = v.safeParse(Grant, payload);
  if (!parsed.success) throw refused("a claim is missing or malformed");
  const grant = parsed.output;
  const { config } = service;
  const gateway = config.gateway.id;
  requireTimely(grant, service);
  // The grant names the client as it is registered here.
  const here = { issuer: gateway, partyOf: (sub: string) => ({ iss: gateway, sub }) };
  if (!isNamed(grant.client_id, here, client, gateway)) throw refused("it is another client's");
  const broken = brokenRequirement(issuer, payload);
  if (broken !== undefined) throw refused(`\`${broken}\` is not as the configuration requires`);
  requireKey(grant, binding);
  if (binding === undefined && client.dpop_bound) {
    throw new OauthError("invalid_dpop_proof", "the token must be bound to a key: send a DPoP proof");
  }
  const granted = grant.resource === undefined ? undefined : [grant.resource].flat();
  const aud = chooseTarget(parameters, client, config, granted?.length === 1 ? granted[0] : undefined);
  const resources = granted ?? [aud];
  if (!resources.includes(aud)) throw new OauthError("invalid_target", "the grant is for another resource");

  const claims = transcribe(grant, payload, issuer, asked, aud, service);
  const owner = `grant ${issuer.issuer}`;
  const expires = Math.ceil(grant.exp) + config.gateway.clock_skew;
  await service.spend({ owner, name: `${owner} ${grant.jti}`, expires, refusal: refused("it was used before") });
  // The token is as old as the grant, so a revocation since the grant was issued applies.
  const entry = grantedEntry(claims, "urn:ietf:params:oauth:grant-type:jwt-bearer", service);
  const admitted = await admitIssue({ claims, standings: [], issued: grant.iat, entry, placed: true }, service);
  return issueAccessToken(admitted, ACCESS_TOKEN, service);
}

/** A grant from the future would make its task look younger, and one that is valid for years is refused. */
function requireTimely({ iat, exp }: Grant, { config, now }: Service): void {
  const seconds = Math.floor(now() / 1000);
  if (iat > seconds + config.gateway.clock_skew) throw refused("it was issued in the future");
  if (exp > seconds + MAX_GRANT) throw refused("it is valid for too long");
}

/** A grant that is bound to a key is valid only with that key. */
function requireKey({ cnf }: Grant, binding: string | undefined): void {
  if (cnf === undefined || cnf.jkt === binding) return;
  throw new OauthError("invalid_dpop_proof", "the grant is bound to a key: the DPoP proof must be made with it");
}

function transcribe(
  grant: Grant,
  payload: JWTPayload,
  issuer: Issuer,
  asked: Exchange,
  aud: string,
  service: Service,
): AccessTokenClaims {
  const { client, parameters, binding } = asked;
  const { config, core } = service;
  const now = Math.floor(service.now() / 1000);
  const root = readGrant(payload, issuer, config.gateway.id);
  const subject = subjectOf(root);
  const began = Math.floor(Math.min(grant.iat, grant.txn_began ?? grant.iat));
  const actors = appendHere(grant, root, clientActor(client, config.gateway.id), client.max_depth);
  const available = grant.scope
    .split(" ")
    .flatMap((scope) => (Object.hasOwn(issuer.scopes, scope) ? [issuer.scopes[scope] as string] : []));
  const purpose = purposeIn(root);
  const details = chooseDetails(parameters, grant.authorization_details);
  const claims: AccessTokenClaims = {
    iss: config.gateway.id,
    sub: subject.party.sub,
    sub_id: { format: "iss_sub", ...subject.party },
    aud,
    client_id: client.client_id,
    scope: chooseScopes(parameters, client, available).join(" "),
    iat: now,
    exp: chooseExpiry(client, config, { now, until: undefined, began }),
    jti: crypto.randomUUID(),
    txn: grant.txn ?? crypto.randomUUID(),
    txn_by: rootParty(root),
    txn_began: began,
    ...((grant.tctx || purpose) && { tctx: { ...grant.tctx, ...(purpose && { purpose: purpose.text }) } }),
    ...(purpose && { purpose_by: purpose.by }),
    ...(grant.tctx && Object.hasOwn(grant.tctx, "plan") && { plan_by: rootParty(root) }),
    ...(details && { authorization_details: details }),
    ...rootClaims(root),
    act: nestActors(actors),
    act_proof: actors.map(({ proof }) => proof),
    ...(binding !== undefined && { cnf: { jkt: binding } }),
    lineage: lineageOfRoot(root, subject, core.sha256),
  };
  return withRequestDetails({ claims, introduced: claims.tctx }, asked, config);
}

/** @throws OauthError `invalid_grant` if a claim that the issuer's entry maps is missing or malformed */
function readGrant(payload: JWTPayload, issuer: Issuer, gateway: string): Root {
  try {
    return readRoot(payload, issuer, gateway);
  } catch (cause) {
    if (cause instanceof HopError) throw refused(`\`${cause.member}\` is not as the configuration requires`);
    throw cause;
  }
}

/** Same as for a chain that begins with that issuer. */
function purposeIn(root: Root): Purpose | undefined {
  try {
    return rootPurpose(root);
  } catch (cause) {
    if (!(cause instanceof HopError)) throw cause;
    throw new OauthError("invalid_grant", `the assertion is not accepted: ${cause.message}`, { cause });
  }
}

async function verifyGrant(assertion: string, service: Service): Promise<{ issuer: Issuer; payload: JWTPayload }> {
  const { config, trust, now } = service;
  const { header, payload: unverified } = readAssertion(assertion);
  const name = unverified["iss"];
  const index = config.issuers.findIndex(({ issuer, grants }) => issuer === name && grants);
  const issuer = config.issuers[index];
  if (issuer === undefined) throw refused("its issuer's grants are not accepted here");
  const key = await findKey(
    header,
    () => trust.anchors().keys[index] ?? [],
    () => trust.lookFor(index),
  );
  if (key === "unavailable")
    throw new OauthError("temporarily_unavailable", "the issuer's keys cannot be fetched now", {
      cause: trust.lastFailure(index),
    });
  if (key === "unchanged") throw refused("its issuer has no such key");
  const { payload } = await jwtVerify(assertion, key.jwk, {
    issuer: issuer.issuer,
    audience: config.gateway.id,
    typ: GRANT_TYPE,
    algorithms: PROOF_ALGORITHMS,
    requiredClaims: ["exp", "iat", "jti", "sub"],
    currentDate: new Date(now()),
    clockTolerance: config.gateway.clock_skew,
  }).catch((cause: unknown) => {
    const claim =
      cause instanceof errors.JWTClaimValidationFailed ? `\`${cause.claim}\` has the wrong value` : undefined;
    const over = cause instanceof errors.JWTExpired ? "it has expired" : undefined;
    throw refused(claim ?? over ?? "its signature does not verify");
  });
  return { issuer, payload };
}

function readAssertion(assertion: string): UnverifiedJws {
  try {
    return readStrictJws(assertion);
  } catch {
    throw refused("it is not a JWT that every parser reads the same way");
  }
}

/** The actors of the other domain, as it states them, and the client as the last. */
function appendHere({ act }: Grant, root: Root, client: Actor, depth: number): [Actor, ...Actor[]] {
  const actors = readActors(act).map(({ sub, iss }): Actor => ({ ...root.partyOf(sub, iss), proof: "stated" }));
  if (actors.some((actor) => isSameParty(actor, client))) throw refused("the client is already one of its actors");
  if (actors.length + 1 > depth) throw refused("the chain has as many actors as it may have");
  return [...actors, client] as unknown as [Actor, ...Actor[]];
}

function refused(reason: string): OauthError {
  return new OauthError("invalid_grant", `the assertion is not accepted: ${reason}`);
}
