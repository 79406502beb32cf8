/** The error answers of every endpoint. */
import { logFailure } from "../log.ts";
import { authorizationScheme } from "./authenticate.ts";
import { asOauthError, respondWith, statusOf } from "./errors.ts";

/** The answer to a failed request; if the server failed, the cause is logged. */
export function answer(cause: unknown, request: Request): Response {
  const error = asOauthError(cause);
  const status = statusOf(error);
  if (status >= 500) logFailure("oauth_failed", { rule: error.code, status }, error);
  return respondWith(error, authorizationScheme(request));
}
