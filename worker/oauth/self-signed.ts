/**
 * Txn-Tokens for a subject that the client states itself, in a JWT that it has signed: for work that does not begin
 * with a received token (draft-ietf-oauth-transaction-tokens-10, "Self-Signed Subject Token Type"). Only the client
 * answers for the subject's name, so the token says so: such a subject never equals another authority's party of the
 * same name.
 */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, type JWTVerifyOptions, jwtVerify } from "jose";
import type { Party } from "../chain/party.ts";
import { isLike } from "../chain/root.ts";
import { statedSubject } from "../chain/subject.ts";
import { PROOF_ALGORITHMS } from "../proof/jws.ts";
import { readStrictJws } from "../trust/strict-jws.ts";
import { beginTask } from "./begin.ts";
import type { Client } from "./clients.ts";
import { readContext } from "./contexts.ts";
import { OauthError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { chooseTxnTarget } from "./grant.ts";
import { admitIssue, issueTxnToken, type TokenResponse } from "./issue.ts";
import { clientActor, isAuthority } from "./names.ts";
import type { Parameters } from "./parameters.ts";
import { grantedEntry } from "./record.ts";
import type { Service } from "./service.ts";
import { TXN_TOKEN } from "./token-types.ts";

/** Longest life of the JWT after it was signed, in seconds. */
const MAX_LIFE = 600;
/** Printable ASCII without spaces: a space separates authority and name (`partyId`). */
const SUBJECT = /^[\x21-\x7e]{1,512}$/;
/** Parameters that belong to other exchanges. */
const FOREIGN = ["actor_token", "actor_token_type", "actor_chain_profile"];

/** @throws OauthError */
export async function exchangeSelfSigned(asked: Exchange, service: Service): Promise<TokenResponse> {
  const { client, parameters } = asked;
  requireTxnToken(parameters);
  const stated = await verifySelfSigned(parameters.need("subject_token"), client, service);
  const subject = subjectOf(stated.sub, client, service);
  const target = chooseTxnTarget(parameters, client, service.config);
  const claims = beginTask({ subject, target, available: stated.scopes, until: stated.exp }, asked, service);
  const entry = grantedEntry(claims, parameters.need("grant_type"), service);
  const admitted = await admitIssue({ claims, standings: [], entry, placed: true }, service);
  return issueTxnToken(admitted, readContext(parameters), service);
}

function requireTxnToken(parameters: Parameters): void {
  if (parameters.get("requested_token_type") !== TXN_TOKEN) {
    throw new OauthError(
      "invalid_request",
      "`self_signed` is only for Txn-Tokens: ask for one by `requested_token_type`",
    );
  }
  const foreign = FOREIGN.find((name) => parameters.get(name) !== undefined);
  if (foreign !== undefined)
    throw new OauthError("invalid_request", `\`${foreign}\` cannot be used with \`self_signed\``);
}

interface Stated {
  readonly sub: string;
  /** The scopes in its `scope`; undefined if it has none: then the registration bounds them. */
  readonly scopes: readonly string[] | undefined;
  /** Seconds since the epoch. */
  readonly exp: number;
}

/**
 * Its `typ` is `JWT`; a client assertion has another or none, so neither can be used as the other (RFC 8725, section
 * 3.11).
 *
 * @throws OauthError `invalid_request`
 */
async function verifySelfSigned(token: string, client: Client, { config, now }: Service): Promise<Stated> {
  const seconds = Math.floor(now() / 1000);
  const { sub, scope, iat, exp } = await readClaims(token, client, {
    audience: config.gateway.id,
    issuer: [client.client_id, client.actor],
    typ: "JWT",
    algorithms: PROOF_ALGORITHMS,
    requiredClaims: ["iss", "sub", "aud", "iat", "exp"],
    maxTokenAge: MAX_LIFE,
    clockTolerance: config.gateway.clock_skew,
    currentDate: new Date(now()),
  });
  if (exp > Math.min(iat, seconds) + MAX_LIFE) throw refused(`\`exp\` is more than ${MAX_LIFE} seconds after \`iat\``);
  if (typeof sub !== "string" || !SUBJECT.test(sub)) throw refused("`sub` must be printable ASCII without spaces");
  if (scope !== undefined && typeof scope !== "string") throw refused("`scope` must be a string");
  return { sub, scopes: scope?.split(" "), exp };
}

type Claims = JWTPayload & { readonly iat: number; readonly exp: number; readonly scope?: unknown };

async function readClaims(token: string, { keys = [] }: Client, options: JWTVerifyOptions): Promise<Claims> {
  try {
    readStrictJws(token);
    const { payload } = await jwtVerify(token, createLocalJWKSet({ keys } as unknown as JSONWebKeySet), options);
    if (Array.isArray(payload.aud) && payload.aud.length !== 1)
      throw new errors.JWTClaimValidationFailed("", payload, "aud");
    return payload as Claims;
  } catch (cause) {
    const claim =
      cause instanceof errors.JWTClaimValidationFailed || cause instanceof errors.JWTExpired ? cause.claim : "";
    throw refused(
      claim === "" ? "it is not a JWT signed with a key of the client" : `\`${claim}\` is not valid`,
      cause,
    );
  }
}

/** The client itself, or a name that only the client states. @throws OauthError `invalid_request` */
function subjectOf(sub: string, client: Client, { config }: Service): Party {
  if (!client.self_signed_subjects.some((pattern) => isLike(sub, pattern))) {
    throw new OauthError(
      "invalid_request",
      "the client may not state this subject: see `self_signed_subjects` of its registration",
    );
  }
  const gateway = config.gateway.id;
  const itself = clientActor(client, gateway);
  if ([client.actor, client.client_id].includes(sub)) return itself;
  if (isAuthority(client.actor, config)) {
    throw new OauthError(
      "invalid_request",
      "the client may not state subjects: its `actor` is the name of an issuer, and they would be the issuer's",
    );
  }
  return statedSubject(itself, sub, gateway);
}

function refused(why: string, cause?: unknown): OauthError {
  return new OauthError("invalid_request", `\`subject_token\` is not accepted: ${why}`, { cause });
}
