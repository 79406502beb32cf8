/**
 * Rates of a route, counted once the policies have allowed the request; per caller or subject, or the party that
 * answers for it.
 */
import { answerableOf } from "../chain/actors.ts";
import { partyId } from "../chain/party.ts";
import { countedSubject } from "../chain/subject.ts";
import { type Evidence, HopError } from "../errors.ts";
import type { VerifiedChain } from "../types.ts";
import type { Gateway } from "./gateway.ts";

/** @throws HopError `rate_limited`, `limits_unavailable` */
export async function checkLimit(
  chain: VerifiedChain,
  evidence: Evidence,
  { takeRate }: Pick<Gateway, "takeRate">,
): Promise<void> {
  const { id, limit } = chain.presentation.route;
  if (limit === undefined) return;
  const caller = answerableOf(chain.actors);
  const who = { caller: partyId(caller), subject: countedSubject(chain), task: chain.task.id }[limit.per];
  const wait = await takeRate(JSON.stringify([id, limit.per, who]), limit).catch((cause: unknown) => {
    throw new HopError("limits_unavailable", { evidence, cause });
  });
  if (wait > 0) throw new HopError("rate_limited", { challenge: { retryAfter: Math.ceil(wait / 1000) }, evidence });
}
