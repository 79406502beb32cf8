/** What every endpoint answers where it cannot do what is asked. */
import { authorizationScheme } from "./authenticate.ts";
import { OauthError, respondWith } from "./errors.ts";

/** The answer to a failed request; what nobody foresaw is logged and told as `server_error`. */
export function answer(error: unknown, request: Request): Response {
  if (error instanceof OauthError) return respondWith(error, authorizationScheme(request));
  console.error(JSON.stringify({ event: "oauth_failed", error: String(error) }));
  return respondWith(new OauthError("server_error", "the authorization server failed"), undefined);
}
