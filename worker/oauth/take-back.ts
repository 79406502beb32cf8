/** Revocation for the endpoints: complete when every shard of the ledger knows it. */
import { OauthError } from "./errors.ts";
import type { Service } from "./service.ts";

/**
 * @param until seconds since the epoch: when everything that it ends has expired; without it, permanently
 * @throws OauthError `temporarily_unavailable`, also if it is revoked but a shard does not know it yet
 */
export async function takeBack(
  keys: readonly string[],
  reason: string,
  service: Pick<Service, "revoke">,
  until?: number,
): Promise<void> {
  const pending = await service.revoke(keys, reason, until).catch((cause: unknown) => {
    throw new OauthError("temporarily_unavailable", "the revocation store cannot be reached", { cause });
  });
  // The client must assume that the token is still valid until it is told otherwise (RFC 7009, section 2.2.1).
  if (pending.length > 0)
    throw new OauthError("temporarily_unavailable", "it is revoked, but not every part of the ledger knows it yet");
}
