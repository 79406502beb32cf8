import { OauthError } from "./errors.ts";

/** What the registry says. @throws OauthError `temporarily_unavailable` where it cannot be read */
export function fromRegistry<T>(read: Promise<T>): Promise<T> {
  return read.catch((cause: unknown) => {
    throw new OauthError("temporarily_unavailable", "the registry cannot be read at present", { cause });
  });
}
