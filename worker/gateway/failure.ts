/** What becomes of a request that ended in an error: the answer, and a line in the log where the gateway failed. */
import { HopError } from "../errors.ts";
import { logFailure } from "../log.ts";
import { respond, type Target } from "./respond.ts";

export interface Failed {
  readonly error: HopError;
  readonly response: Response;
}

/** Whatever is no HopError is `internal`. */
export function asHopError(cause: unknown): HopError {
  return cause instanceof HopError ? cause : new HopError("internal", { cause });
}

/**
 * @param cause what was thrown
 * @param id the decision's
 */
export function failWith(cause: unknown, id: string, request: Request, target: Target): Failed {
  const error = asHopError(cause);
  const response = respond(error, id, request, target);
  if (response.status >= 500) logFailure("request_failed", { id, rule: error.rule, status: response.status }, error);
  return { error, response };
}
