/** Tokens that a client presents: verified as the gateway verifies chains. */

import { decodeJwt, errors } from "jose";
import { judgeChain } from "../chain/judge.ts";
import { requireInForce } from "../chain/ownership.ts";
import { requireChainRoot } from "../chain/root.ts";
import type { ChainFacts } from "../chain/types.ts";
import { HopError } from "../errors.ts";
import { failureOf } from "../rules.ts";
import { OauthError } from "./errors.ts";
import type { Standing } from "./issue.ts";
import type { Service } from "./service.ts";

/** A presented token with valid signatures, links and claims. Whether it is for this client is checked later. */
export interface PresentedToken {
  readonly facts: ChainFacts;
  /** Claims of hop 0, and of the last hop. */
  readonly root: Readonly<Record<string, unknown>>;
  readonly leaf: Readonly<Record<string, unknown>>;
  /** RFC 7638 thumbprint of the key that the last hop names. */
  readonly thumbprint: string | undefined;
  /** The last hop's audience. */
  readonly audiences: readonly string[];
}

/**
 * Why a token is presented: to be used, as a client's credential (`requireChainRoot`), or to be revoked. It can be
 * revoked while an actor's registration is disabled or expired, because it could become valid again.
 */
type Purpose = "token" | "credential" | "ending";

/** @param name of the parameter, for the error. @throws OauthError `invalid_request`, `temporarily_unavailable` */
export async function verifyPresented(
  name: string,
  token: string,
  service: Service,
  purpose: Purpose = "token",
): Promise<PresentedToken> {
  try {
    // The audience is checked later, against the client; the core gets the audience that the token itself names.
    const unverifiedAudiences = audiencesOf(decodeJwt(token.split("~").at(-1) as string));
    const verdict = await judgeChain(token, unverifiedAudiences, service);
    service.core.admit(verdict);
    const facts = await service.factsOf(token, verdict);
    if (purpose !== "ending") requireInForce(facts);
    if (purpose !== "credential") requireChainRoot(facts.root, service.config.gateway.id);
    const { claims: leaf, thumbprint } = facts.hops[facts.hops.length - 1] ?? facts.hops[0];
    return { facts, root: facts.root.claims, leaf, thumbprint, audiences: audiencesOf(leaf) };
  } catch (cause) {
    throw refusalOf(name, cause);
  }
}

/** An error of the token is the client's; anything else is not. */
function refusalOf(name: string, cause: unknown): unknown {
  if (cause instanceof errors.JWTInvalid)
    return new OauthError("invalid_request", `\`${name}\` is not accepted: it is not a token`, { cause });
  if (!(cause instanceof HopError)) return cause;
  return failureOf(cause.rule).status >= 500
    ? new OauthError("temporarily_unavailable", cause.message, { cause })
    : new OauthError("invalid_request", `\`${name}\` is not accepted: ${cause.message}`, { cause });
}

/**
 * The endpoint's `token`, or undefined if it is not valid for any reason. @throws OauthError `temporarily_unavailable`
 */
export async function findPresented(
  token: string,
  service: Service,
  purpose?: Purpose,
): Promise<PresentedToken | undefined> {
  return verifyPresented("token", token, service, purpose).catch((error: unknown) => {
    if (error instanceof OauthError && error.code === "invalid_request") return undefined;
    throw error;
  });
}

export function audiencesOf({ aud }: { readonly aud?: unknown }): string[] {
  return [aud].flat().filter((audience): audience is string => typeof audience === "string");
}

/** Whether the token, its task, an actor or an ancestor was revoked. @throws OauthError if that cannot be known */
export async function isRevoked({ facts }: PresentedToken, { ledger }: Service): Promise<boolean> {
  return ledger.isRevoked(facts.task, facts.authority).catch((cause: unknown) => {
    throw new OauthError("temporarily_unavailable", "the ledger cannot be reached", { cause });
  });
}

/** What a token depends on: if any of it is revoked, the ledger refuses to issue a token for it. @param name of the parameter */
export function standingOf(name: string, { facts }: PresentedToken): Standing {
  const cause = new HopError("revoked");
  const refusal = new OauthError("invalid_request", `\`${name}\` was revoked, or its task has ended`, { cause });
  return { authority: facts.authority, refusal };
}
