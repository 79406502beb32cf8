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

/** What a failed request is found by: the decision's id, and its trace where that is known. */
export interface FailedRequest {
  readonly id: string;
  readonly trace_id?: string;
}

/** @param cause what was thrown */
export function failWith(cause: unknown, { id, trace_id }: FailedRequest, request: Request, target: Target): Failed {
  const error = asHopError(cause);
  const response = respond(error, id, request, target);
  if (response.status >= 500)
    logFailure("request_failed", { decision: id, trace_id, rule: error.rule, status: response.status }, error);
  return { error, response };
}
