/**
 * What a client states about its request: `request_context`, and `request_details`, which become a part of the task's
 * context (draft-ietf-oauth-transaction-tokens-10, "Txn-Token Request"). Pure.
 */
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

/** A request to the token endpoint. */
interface Asked {
  readonly client: Client;
  readonly parameters: Parameters;
}

/** `rctx` of a Txn-Token. @throws OauthError `invalid_request` */
export function readContext(parameters: Parameters): JsonObject {
  return readObject("request_context", parameters) ?? {};
}

/**
 * Adds `request_details` to `tctx`. Nothing that the chain states is replaced: the purpose can be stated if there is none,
 * else narrowed, and a plan comes only from the chain.
 *
 * @throws OauthError `invalid_request`
 */
export function withRequestDetails(
  claims: AccessTokenClaims,
  { client, parameters }: Asked,
  config: Pick<Config, "gateway" | "issuers">,
): AccessTokenClaims {
  const details = readObject("request_details", parameters);
  if (details === undefined) return claims;
  const { purpose: stated, plan: _, ...more } = details;
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

function statePurpose(
  stated: unknown,
  claims: AccessTokenClaims,
  client: Client,
  config: Pick<Config, "gateway" | "issuers">,
): Purpose {
  const place = { member: "request_details" };
  const { iss, sub } = clientActor(client, config.gateway.id);
  try {
    const text = readPurpose(stated, place);
    const before = purposeIn(claims);
    // Policies accept a purpose that the subject's issuer states, and the client would count as that issuer.
    if (before === undefined && isAuthority(client.actor, config)) {
      throw new OauthError(
        "invalid_request",
        "the client may not state a purpose: its `actor` is the name of an issuer",
      );
    }
    return narrowPurpose(before, { text, by: { iss, sub } }, place);
  } catch (cause) {
    if (!(cause instanceof HopError)) throw cause;
    throw new OauthError("invalid_request", `\`request_details\` is not accepted: ${cause.message}`, { cause });
  }
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
