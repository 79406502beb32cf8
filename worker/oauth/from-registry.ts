import { OauthError } from "./errors.ts";

/** Reads the registry. @throws OauthError `temporarily_unavailable` if it cannot be read */
export function fromRegistry<T>(read: Promise<T>): Promise<T> {
  return read.catch((cause: unknown) => {
    throw new OauthError("temporarily_unavailable", "the registry cannot be read now", { cause });
  });
}
