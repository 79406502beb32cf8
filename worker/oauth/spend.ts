/** Proofs and assertions are good once. */
import { OauthError } from "./errors.ts";
import type { Service } from "./service.ts";

/**
 * False where it was seen before.
 *
 * @param expires seconds since the epoch, from when it would be refused anyway
 * @throws OauthError `temporarily_unavailable`
 */
export async function spendOnce(
  owner: string,
  jti: string,
  expires: number,
  { spendProof }: Pick<Service, "spendProof">,
): Promise<boolean> {
  return spendProof(owner, jti, expires).catch((cause: unknown) => {
    throw new OauthError("temporarily_unavailable", "the replay store cannot be reached", { cause });
  });
}
