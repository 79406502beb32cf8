/** A request that ended in an error: its answer, and a line in the log if the gateway failed. */
import { HopError } from "../errors.ts";
import { logFailure } from "../log.ts";
import { respond, type Target } from "./respond.ts";

export interface Failed {
  readonly error: HopError;
  readonly response: Response;
}

/** Anything but a HopError is `internal`. */
export function asHopError(cause: unknown): HopError {
  return cause instanceof HopError ? cause : new HopError("internal", { cause });
}

/** What identifies a failed request in the log: the decision's id, and its trace if known. */
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
