/**
 * JWTs that authenticate a client (RFC 7523, section 3, as RFC 10070 updates it; draft-ietf-oauth-spiffe-client-auth).
 * They are made only for that purpose and only for this server, short-lived and single use. Hops, roots of chains and
 * tokens of this gateway are not accepted as assertions (`requireChainRoot`).
 */
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from "jose";
import { callerOf } from "../chain/actors.ts";
import { isSameParty } from "../chain/party.ts";
import { PROOF_ALGORITHMS } from "../proof/jws.ts";
import { readStrictJws, type UnverifiedJws } from "../trust/strict-jws.ts";
import type { Client } from "./clients.ts";
import { notAuthenticated } from "./errors.ts";
import { clientActor } from "./names.ts";
import { findPresented, isRevoked } from "./presented.ts";
import type { Service } from "./service.ts";

/** Longest life of an assertion, in seconds. */
const MAX_ASSERTION = 600;
/** `typ` of an assertion; it may have none. */
const ASSERTION_TYPE = "client-authentication+jwt";
/** `typ` of JWT-SVIDs (JWT-SVID, section 2) and of WIT-SVIDs. */
const SVID_TYPES = ["jwt", "jose", "wit+jwt"];

/** A valid assertion. */
export interface Asserted {
  /** RFC 7638 thumbprint of the key that it is bound to: the request must prove that key. */
  readonly thumbprint: string | undefined;
}

/** Issued by the client about itself. @returns undefined if it is not valid */
export async function verifyAssertion(
  assertion: string,
  client: Client,
  service: Service,
): Promise<Asserted | undefined> {
  const { config, now } = service;
  if (read(assertion) === undefined) return undefined;
  const payload = await jwtVerify(assertion, createLocalJWKSet({ keys: client.keys } as unknown as JSONWebKeySet), {
    issuer: client.client_id,
    subject: client.client_id,
    algorithms: PROOF_ALGORITHMS,
    requiredClaims: ["aud", "exp", "jti"],
    currentDate: new Date(now()),
    clockTolerance: config.gateway.clock_skew,
  }).then(
    ({ payload: claims, protectedHeader: { typ } }) => (isOf(typ, [ASSERTION_TYPE]) ? claims : undefined),
    () => undefined,
  );
  if (payload === undefined || !isForHere(payload, service)) return undefined;
  await spend(`client ${client.client_id}`, payload.jti as string, payload, service);
  return { thumbprint: undefined };
}

/** An SVID for the client's own name, from that name's trust domain. @returns undefined if it is not valid */
export async function verifySvid(assertion: string, client: Client, service: Service): Promise<Asserted | undefined> {
  const unverified = read(assertion);
  if (unverified === undefined || !isOf(unverified.header["typ"], SVID_TYPES)) return undefined;
  const presented = await findPresented(assertion, service, "credential");
  if (presented === undefined) return undefined;
  const { facts, leaf, thumbprint } = presented;
  const [{ name }, ...later] = facts.hops;
  const domains = service.config.issuers.filter(({ trust_domain: domain }) => domain !== undefined);
  const isSvid = later.length === 0 && domains.some(({ issuer }) => issuer === facts.root.issuer);
  if (!isSvid || !isForHere(leaf, service)) return undefined;
  const { actor } = client;
  const itself = clientActor(client, service.config.gateway.id);
  if (leaf["sub"] !== actor || !isSameParty(callerOf(facts), itself)) return undefined;
  if (await isRevoked(presented, service)) return undefined;
  await spend(`svid ${facts.subject.iss}`, name, leaf, service);
  // A key of an unsupported type proves nothing.
  return { thumbprint: leaf["cnf"] === undefined ? undefined : (thumbprint ?? "unknown") };
}

/** The issuer identifier is the only audience (RFC 10070), and the life is short. */
function isForHere({ aud, exp }: JWTPayload, { config, now }: Service): boolean {
  const audiences = [aud].flat();
  const seconds = Math.floor(now() / 1000);
  return audiences.length === 1 && audiences[0] === config.gateway.id && (exp as number) <= seconds + MAX_ASSERTION;
}

function spend(owner: string, id: string, { exp }: JWTPayload, { spend: take, config }: Service): Promise<void> {
  const expires = Math.ceil(exp as number) + config.gateway.clock_skew;
  return take({ owner, name: `${owner} ${id}`, expires, refusal: notAuthenticated() });
}

function isOf(typ: unknown, accepted: readonly string[]): boolean {
  if (typ === undefined) return true;
  return typeof typ === "string" && accepted.includes(typ.toLowerCase().replace(/^application\//, ""));
}

/** The subject that an assertion names. @returns undefined if it is not a JWT that can be read in only one way */
export function unverifiedSubject(assertion: string): unknown {
  return read(assertion)?.payload["sub"];
}

function read(assertion: string): UnverifiedJws | undefined {
  try {
    return readStrictJws(assertion);
  } catch {
    return undefined;
  }
}
