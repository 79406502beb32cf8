import { HopError } from "../errors.ts";

/** What the credential of a request needs. @throws HopError `credential_unavailable` where it cannot be had */
export function available<T>(work: Promise<T>): Promise<T> {
  return work.catch((cause: unknown) => {
    throw new HopError("credential_unavailable", { cause });
  });
}
