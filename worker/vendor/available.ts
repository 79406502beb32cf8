import { HopError } from "../errors.ts";

/** The value that a request's credential needs. @throws HopError `credential_unavailable` if it is not available */
export function available<T>(work: Promise<T>): Promise<T> {
  return work.catch((cause: unknown) => {
    throw new HopError("credential_unavailable", { cause });
  });
}
