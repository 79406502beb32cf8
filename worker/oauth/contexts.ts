/**
 * What a client states about its request: `request_context`, and `request_details`, which become a part of the task's
 * context (draft-ietf-oauth-transaction-tokens-10, "Txn-Token Request"). Pure.
 */
import canonicalize from "canonicalize";
import { narrowPurpose, readPurpose } from "../chain/purpose.ts";
import type { Purpose } from "../chain/types.ts";
import type { AccessTokenClaims } from "../claims.ts";
import type { Config } from "../config.ts";
import { HopError } from "../errors.ts";
import { type JsonObject, readStrictObject } from "../trust/strict-json.ts";
import type { Client } from "./clients.ts";
import { OauthError } from "./errors.ts";
import { clientActor, isAuthority } from "./names.ts";
import type { Parameters } from "./parameters.ts";

/** Most characters of each: a token is only accepted in a chain of limited size. */
const MOST = 4096;

/** For errors in `request_details`. */
const PLACE = { member: "request_details" };

/** A request to the token endpoint. */
interface Asked {
  readonly client: Client;
  readonly parameters: Parameters;
}

/** `rctx` of a Txn-Token. @throws OauthError `invalid_request` */
export function readContext(parameters: Parameters): JsonObject {
  return readObject("request_context", parameters) ?? {};
}

/** The claims of a new token before the client's details are added. */
interface Undetailed {
  readonly claims: AccessTokenClaims;
  /** The context that the token is derived from; undefined if the client may introduce it. */
  readonly introduced: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Adds `request_details` to `tctx`, by the rule for hops: whoever introduces the context states all of it, and later only
 * its purpose can be narrowed. A plan comes only from the chain.
 *
 * @throws OauthError `invalid_request`
 */
export function withRequestDetails(
  { claims, introduced }: Undetailed,
  { client, parameters }: Asked,
  config: Pick<Config, "gateway" | "issuers">,
): AccessTokenClaims {
  const details = readObject("request_details", parameters);
  if (details === undefined) return claims;
  const { plan: _, ...context } = details;
  if (introduced !== undefined) requireRepeated(context, introduced);
  const { purpose: stated, ...more } = context;
  const purpose = stated === undefined ? purposeIn(claims) : statePurpose(stated, claims, client, config);
  const tctx = { ...more, ...claims.tctx, ...(purpose && { purpose: purpose.text }) };
  return { ...claims, ...(Object.keys(tctx).length > 0 && { tctx }), ...(purpose && { purpose_by: purpose.by }) };
}

/** For grants in which a person has allowed a purpose. @throws OauthError `invalid_request` */
export function refuseRequestDetails(parameters: Parameters): void {
  if (parameters.get("request_details") === undefined) return;
  throw new OauthError(
    "invalid_request",
    "`request_details` cannot be used with this grant: people allowed its purpose",
  );
}

/** Whether the purpose is the same or narrower is judged where it is read. */
function requireRepeated(context: JsonObject, introduced: Readonly<Record<string, unknown>>): void {
  const isRepeated = ([name, value]: [string, unknown]) =>
    Object.hasOwn(introduced, name) && (name === "purpose" || canonicalize(value) === canonicalize(introduced[name]));
  if (!Object.entries(context).every(isRepeated)) throw refusedDetails(new HopError("task_context_changed", PLACE));
}

function statePurpose(
  stated: unknown,
  claims: AccessTokenClaims,
  client: Client,
  config: Pick<Config, "gateway" | "issuers">,
): Purpose {
  const { iss, sub } = clientActor(client, config.gateway.id);
  try {
    const text = readPurpose(stated, PLACE);
    const before = purposeIn(claims);
    // Policies accept a purpose that the subject's issuer states, and the client would count as that issuer.
    if (before === undefined && isAuthority(client.actor, config)) {
      throw new OauthError(
        "invalid_request",
        "the client may not state a purpose: its `actor` is the name of an issuer",
      );
    }
    return narrowPurpose(before, { text, by: { iss, sub } }, PLACE);
  } catch (cause) {
    if (!(cause instanceof HopError)) throw cause;
    throw refusedDetails(cause);
  }
}

function refusedDetails(cause: HopError): OauthError {
  return new OauthError("invalid_request", `\`request_details\` is not accepted: ${cause.message}`, { cause });
}

/** Every token of the gateway that has a purpose says who stated it. */
function purposeIn({ tctx, purpose_by: by }: AccessTokenClaims): Purpose | undefined {
  return by === undefined ? undefined : { text: tctx?.["purpose"] as string, by };
}

function readObject(name: string, parameters: Parameters): JsonObject | undefined {
  const text = parameters.get(name);
  if (text === undefined) return undefined;
  const refused = (why: string, cause?: unknown) => new OauthError("invalid_request", `\`${name}\` ${why}`, { cause });
  if (text.length > MOST) throw refused(`has more than ${MOST} characters`);
  try {
    return readStrictObject(text);
  } catch (cause) {
    throw refused("is not a JSON object that every parser reads in the same way", cause);
  }
}
