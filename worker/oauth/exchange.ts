/**
 * Token exchange (RFC 8693): a new token for one audience, in which the client, or an actor that it proves to be, acts
 * for the subject; earlier actors are nested in `act`. Every error of a token is `invalid_request` (section 2.2.2).
 */

import { callerOf } from "../chain/actors.ts";
import { isSameParty, workloadParty } from "../chain/party.ts";
import { provenanceClaims } from "../chain/provenance.ts";
import { lineageOfActors } from "../chain/revocation.ts";
import type { Actor, ChainFacts } from "../chain/types.ts";
import type { AccessTokenClaims } from "../claims.ts";
import { extendWorkflow } from "./actor-chain/extend.ts";
import { inboundState } from "./actor-chain/profile.ts";
import type { Client } from "./clients.ts";
import { readContext, withRequestDetails } from "./contexts.ts";
import { chooseDetails } from "./details.ts";
import { asOauthError, OauthError } from "./errors.ts";
import { chooseExpiry, chooseScopes, chooseTarget, chooseTxnTarget } from "./grant.ts";
import { admitIssue, issueAccessToken, issueTxnToken, type TokenResponse } from "./issue.ts";
import { audiencesOfClient, clientActor, isClient, isNamed } from "./names.ts";
import { chooseDomain, issueGrant } from "./outbound.ts";
import type { Parameters } from "./parameters.ts";
import { type PresentedToken, standingOf, verifyPresented } from "./presented.ts";
import { issuedEntry, recordRefused, settleIssued } from "./record.ts";
import type { Service } from "./service.ts";
import { ACCESS_TOKEN, ID_JAG, ISSUED_TYPES, requireType, TXN_TOKEN } from "./token-types.ts";

export interface Exchange {
  readonly client: Client;
  readonly parameters: Parameters;
  /** RFC 7638 thumbprint of the key that proved itself, if one did. */
  readonly binding: string | undefined;
}

/** @throws OauthError */
export async function exchange(asked: Exchange, service: Service): Promise<TokenResponse> {
  const { client, parameters } = asked;
  const { sha256 } = service.core;
  const type = parameters.get("requested_token_type") ?? ACCESS_TOKEN;
  if (!ISSUED_TYPES.includes(type))
    throw new OauthError("invalid_request", "`requested_token_type` is not issued here");
  const received = service.now();
  const [token, declared] = [parameters.need("subject_token"), parameters.need("subject_token_type")];
  requireType("subject_token", declared, token);
  const subject = await verifyPresented("subject_token", token, service);
  const arrival = { id: crypto.randomUUID(), received };
  const { id } = arrival;
  try {
    const { actor, presented } = await proveActor(subject, asked, service);
    const actorFacts = presented?.facts;
    requireNamed(subject, actor, client, service);
    const actors = appendActor(subject, actor, client, service);
    requireRoot(subject);
    const domain = type === ID_JAG ? chooseDomain(parameters, client) : undefined;
    const choose = type === TXN_TOKEN ? chooseTxnTarget : chooseTarget;
    const target = domain?.server ?? choose(parameters, client, service.config);
    const narrowed = narrow(subject, actors, target, asked, service);
    const unnamed = unnamedActors([subject.facts, actorFacts], actors.actors);
    const actorLineage = actorFacts?.lineage ?? [];
    const lineage = [...narrowed.lineage, ...actorLineage, ...lineageOfActors(unnamed, sha256)];
    const claims = { ...narrowed, lineage: [...new Set(lineage)] };
    const step = { client, parameters, claims };
    const appended = actors.actors.length > subject.facts.actors.length;
    const extended = await extendWorkflow(step, inboundState(subject.facts), appended, service);
    if (extended.actp !== undefined && type !== ACCESS_TOKEN) {
      throw new OauthError("invalid_request", "a workflow continues only with access tokens");
    }
    const standings = [
      standingOf("subject_token", subject),
      ...(presented === undefined ? [] : [standingOf("actor_token", presented)]),
    ];
    const entry = issuedEntry(id, subject.facts, extended, service);
    const issue = { claims: extended, standings, entry, placed: domain === undefined };
    const admitted = await admitIssue(issue, service);
    const response =
      domain !== undefined
        ? await issueGrant(admitted, domain.clientId, parameters, service)
        : type === TXN_TOKEN
          ? await issueTxnToken(admitted, readContext(parameters), service)
          : await issueAccessToken(admitted, type, service);
    settleIssued(arrival, subject.facts, service);
    return response;
  } catch (cause) {
    // The subject token is valid, so the refusal may be attributed.
    const error = asOauthError(cause);
    await recordRefused(arrival, subject.facts, error, service);
    throw error;
  }
}

interface ProvenActor {
  readonly actor: Actor;
  /** Its token, if the client presents one. */
  readonly presented: PresentedToken | undefined;
}

/** The client itself, or another actor that it may act as, whose token and key it has. */
async function proveActor(
  subject: PresentedToken,
  { client, parameters, binding }: Exchange,
  service: Service,
): Promise<ProvenActor> {
  const gateway = service.config.gateway.id;
  const token = parameters.get("actor_token");
  if (token === undefined) {
    if (parameters.get("actor_token_type") !== undefined) {
      throw new OauthError("invalid_request", "`actor_token_type` is given without `actor_token`");
    }
    return { actor: clientActor(client, gateway), presented: undefined };
  }
  requireType("actor_token", parameters.need("actor_token_type"), token);
  const presented = await verifyPresented("actor_token", token, service);
  const { facts } = presented;
  const actor = callerOf(facts);
  const mine = [gateway, ...audiencesOfClient(client, facts.root.issuer, gateway)];
  const forClient = presented.audiences.some((audience) => mine.includes(audience));
  if (!forClient) throw new OauthError("invalid_request", "`actor_token` has another audience");
  // Only the authority of a name can say whose it is: not the client, and no other issuer.
  const allowed = [client.actor, ...client.actors].some((name) => isSameParty(actor, workloadParty(name, gateway)));
  if (!allowed || actor.proof === "told") {
    throw new OauthError(
      "invalid_request",
      "the client may not be the actor of `actor_token`, or its name is not proven",
    );
  }
  if (presented.leaf["cnf"] !== undefined && (binding === undefined || binding !== presented.thumbprint)) {
    throw new OauthError("invalid_dpop_proof", "`actor_token` is bound to a key: the DPoP proof must be made with it");
  }
  // An actor of another task must not be moved into this one.
  if (namesTask(presented) && facts.task.id !== subject.facts.task.id) {
    throw new OauthError("invalid_request", "`subject_token` and `actor_token` belong to different tasks");
  }
  return { actor, presented };
}

function namesTask({ facts }: PresentedToken): boolean {
  return facts.hops.some(({ claims }) => claims["txn"] !== undefined);
}

/** A token may be exchanged by a party that it names as audience, client, last actor, or in `may_act`. */
function requireNamed(
  { facts, leaf, audiences }: PresentedToken,
  actor: Actor,
  client: Client,
  { config }: Service,
): void {
  const { root } = facts;
  const gateway = config.gateway.id;
  const means = (name: unknown): boolean =>
    isNamed(name, root, client, gateway) || (typeof name === "string" && isSameParty(root.partyOf(name), actor));
  if (leaf["may_act"] !== undefined) {
    const { iss, sub, client_id: id } = (leaf["may_act"] ?? {}) as Readonly<Record<string, unknown>>;
    const isOwn = iss === undefined || iss === root.issuer || iss === root.authority;
    // A `may_act` that names another issuer means that issuer's party, so this issuer's own name for the client does
    // not match it.
    const asParty = (name: unknown): boolean => {
      if (typeof iss !== "string" || typeof name !== "string") return false;
      return isClient({ iss, sub: name }, client, gateway) || isSameParty({ iss, sub: name }, actor);
    };
    if ([sub, id].some(isOwn ? means : asParty)) return;
    throw new OauthError("invalid_request", "`may_act` of `subject_token` names another actor");
  }
  const mine = [...audiencesOfClient(client, root.issuer, gateway), actor.sub];
  const caller = callerOf(facts);
  if (audiences.some((audience) => mine.includes(audience))) return;
  if (isClient(caller, client, gateway) || isSameParty(caller, actor)) return;
  const isRoot = facts.hops.length === 1;
  if (isRoot && (means(root.claims["client_id"]) || means(root.claims["azp"]))) return;
  throw new OauthError("invalid_request", "`subject_token` does not name this client");
}

/**
 * A token without a key that people gave a client is a leaf: it can be used only at its audience, and no chain begins
 * with it.
 */
function requireRoot({ facts: { hops, root }, leaf }: PresentedToken): void {
  if (root.own === undefined || leaf["cnf"] !== undefined || hopsLeft(hops) !== 0) return;
  throw new OauthError("invalid_request", "`subject_token` is a leaf: it names no key, so no hops may follow it");
}

/** The actors of the new token, origin first. No earlier actor is left out, and none appears twice. */
function appendActor({ facts }: PresentedToken, actor: Actor, client: Client, { config }: Service) {
  const last = callerOf(facts);
  if (isSameParty(last, actor) || isClient(last, client, config.gateway.id)) {
    // A token without `act` names its client as its issuer does; here the client has one name.
    const renamed = facts.root.claims["act"] === undefined && facts.hops.length === 1;
    return { actors: renamed ? ([actor] as const) : facts.actors, hopsLeft: hopsLeft(facts.hops) };
  }
  if (facts.actors.some((each) => isSameParty(each, actor))) {
    throw new OauthError("invalid_request", "the actor is already in the chain: an actor may appear once");
  }
  const actors = [...facts.actors, actor] as const;
  const left = hopsLeft(facts.hops);
  if (actors.length > Math.min(client.max_depth, config.gateway.max_hops) || left === 0) {
    throw new OauthError("invalid_request", "the chain has as many actors as it may have");
  }
  return { actors, hopsLeft: left === undefined ? undefined : left - 1 };
}

/** How many hops may follow the last one; undefined if no hop limits it. */
function hopsLeft(hops: PresentedToken["facts"]["hops"]): number | undefined {
  return hops.reduce<number | undefined>((left, { claims }, index) => {
    const own = claims["max_hops"] as number | undefined;
    return own ?? (left === undefined ? undefined : index === 0 ? left : left - 1);
  }, undefined);
}

/**
 * Actors of the presented tokens that the new one does not name, or names differently: revoking them still revokes it.
 */
function unnamedActors(tokens: readonly (ChainFacts | undefined)[], actors: readonly Actor[]): Actor[] {
  return tokens.flatMap((facts) => facts?.actors ?? []).filter((each) => !actors.some((one) => isSameParty(one, each)));
}

function narrow(
  { facts, root, leaf }: PresentedToken,
  { actors, hopsLeft: left }: ReturnType<typeof appendActor>,
  target: string,
  asked: Exchange,
  { config, now }: Service,
): AccessTokenClaims {
  const { client, parameters, binding } = asked;
  if (binding === undefined && (client.dpop_bound || leaf["cnf"] !== undefined)) {
    // A token that is bound to a key must not be exchanged for a bearer token.
    throw new OauthError("invalid_dpop_proof", "the token must be bound to a key: send a DPoP proof");
  }
  const seconds = Math.floor(now() / 1000);
  const issuer = config.gateway.id;
  const provenance = provenanceClaims({ facts, actors, issuer });
  const details = chooseDetails(parameters, provenance.authorization_details);
  const claims: AccessTokenClaims = {
    ...provenance,
    ...(details && { authorization_details: details }),
    aud: target,
    client_id: client.client_id,
    scope: chooseScopes(parameters, client, facts.scopes).join(" "),
    iat: seconds,
    exp: chooseExpiry(client, config, { now: seconds, until: facts.expires, began: provenance.txn_began }),
    jti: crypto.randomUUID(),
    ...(typeof root["acr"] === "string" && { acr: root["acr"] }),
    ...(typeof root["auth_time"] === "number" && { auth_time: root["auth_time"] }),
    ...(left !== undefined && { max_hops: left }),
    ...(binding !== undefined && { cnf: { jkt: binding } }),
    pth: facts.hash,
  };
  return withRequestDetails({ claims, introduced: claims.tctx }, asked, config);
}
