/**
 * The errors of the authorization server, and their answers (RFC 6749, section 5.2; RFC 8693, section 2.2.2; RFC 9449,
 * section 5).
 */

import { HopError } from "../errors.ts";
import { failureOf } from "../rules.ts";
import { sentText } from "../sent.ts";

export type OauthCode =
  | "invalid_request"
  | "invalid_client"
  | "invalid_grant"
  | "unauthorized_client"
  | "unsupported_grant_type"
  | "invalid_scope"
  | "invalid_target"
  | "invalid_authorization_details"
  | "invalid_dpop_proof"
  | "use_dpop_nonce"
  | "unsupported_token_type"
  | "unsupported_response_type"
  | "access_denied"
  | "unmet_authentication_requirements"
  | "invalid_redirect_uri"
  | "invalid_client_metadata"
  | "temporarily_unavailable"
  | "server_error";

/**
 * A request that the authorization server refuses. `message` may be shown to the client: no token, no secret, no key.
 * If the cause is a HopError, the answer contains its rule, hop and claim.
 */
export class OauthError extends Error {
  override readonly name = "OauthError";
  readonly code: OauthCode;
  constructor(code: OauthCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** One answer for every error in a client's credential, so that strangers do not learn which clients exist. */
export function notAuthenticated(cause?: unknown): OauthError {
  return new OauthError("invalid_client", "the client is not authenticated", { cause });
}

/** An unexpected error is the server's own failure. */
export function asOauthError(cause: unknown): OauthError {
  if (cause instanceof OauthError) return cause;
  return new OauthError("server_error", "the authorization server failed", { cause });
}

/** No answer may be cached (RFC 6749, section 5.1). */
export const NO_STORE = { "cache-control": "no-store", pragma: "no-cache" } as const;

/** @param scheme the authentication scheme that the client used in `Authorization`, for `WWW-Authenticate` */
export function respondWith(error: OauthError, scheme: string | undefined): Response {
  const { code, message, cause } = error;
  const headers = new Headers(NO_STORE);
  if (code === "invalid_client" && scheme !== undefined) headers.set("www-authenticate", `${scheme} realm="hopgate"`);
  if (code === "temporarily_unavailable") headers.set("retry-after", "5");
  // The reason would tell strangers which clients exist.
  const broken = cause instanceof HopError && code !== "invalid_client" ? cause : undefined;
  const description = broken?.sent === undefined ? message : `${message}: ${sentText(broken.sent)}`;
  const body = { error: code, error_description: description, ...(broken && brokenBy(broken)) };
  return Response.json(body, { status: statusOf(error), headers });
}

function brokenBy({ rule, hop, member, sent }: HopError): object {
  return { rule, ...(hop !== undefined && { hop }), ...(member !== undefined && { claim: member }), ...sent };
}

const STATUSES: Partial<Record<OauthCode, number>> = {
  invalid_client: 401,
  server_error: 500,
  temporarily_unavailable: 503,
};

/** 400 for all others (RFC 6749, section 5.2), unless the request itself was incomplete (RFC 9110, section 15.5.9). */
export function statusOf({ code, cause }: OauthError): number {
  if (cause instanceof HopError && cause.rule === "body_incomplete") return failureOf(cause.rule).status;
  return STATUSES[code] ?? 400;
}
