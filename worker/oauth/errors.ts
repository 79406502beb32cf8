/** The errors of the authorization server, and how they look (RFC 6749, section 5.2; RFC 8693, section 2.2.2; RFC 9449, section 5). */

export type OauthCode =
  | "invalid_request"
  | "invalid_client"
  | "invalid_grant"
  | "unauthorized_client"
  | "unsupported_grant_type"
  | "invalid_scope"
  | "invalid_target"
  | "invalid_dpop_proof"
  | "use_dpop_nonce"
  | "unsupported_token_type"
  | "temporarily_unavailable"
  | "server_error";

/** A request that the authorization server refuses. `message` is fit for the client: no token, no secret, no key. */
export class OauthError extends Error {
  override readonly name = "OauthError";
  readonly code: OauthCode;
  constructor(code: OauthCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Nothing that the endpoints say may be kept by a cache (RFC 6749, section 5.1). */
export const NO_STORE = { "cache-control": "no-store", pragma: "no-cache" } as const;

/** @param scheme the authentication scheme that the client used in `Authorization`, for `WWW-Authenticate` */
export function respondWith({ code, message }: OauthError, scheme: string | undefined): Response {
  const headers = new Headers(NO_STORE);
  if (code === "invalid_client" && scheme !== undefined) headers.set("www-authenticate", `${scheme} realm="hopgate"`);
  if (code === "temporarily_unavailable") headers.set("retry-after", "5");
  return Response.json({ error: code, error_description: message }, { status: statusOf(code), headers });
}

function statusOf(code: OauthCode): number {
  switch (code) {
    case "invalid_client":
      return 401;
    case "temporarily_unavailable":
      return 503;
    case "server_error":
      return 500;
    default:
      return 400;
  }
}
