/** Rates of a route, counted for each actor once the policies have allowed the request. */
import { type Evidence, HopError } from "../errors.ts";
import type { Actor, VerifiedChain } from "../types.ts";
import type { Gateway } from "./gateway.ts";

/** @throws HopError `rate_limited`, `limits_unavailable` */
export async function checkLimit(
  { presentation, actors, subject, txn }: VerifiedChain,
  evidence: Evidence,
  { takeRate }: Pick<Gateway, "takeRate">,
): Promise<void> {
  const { id, limit } = presentation.route;
  if (limit === undefined) return;
  const caller = (actors.at(-1) as Actor).sub;
  const who = { caller, subject: `${subject.iss} ${subject.sub}`, txn }[limit.per];
  const wait = await takeRate(JSON.stringify([id, limit.per, who]), limit).catch((cause: unknown) => {
    throw new HopError("limits_unavailable", { evidence, cause });
  });
  if (wait > 0) throw new HopError("rate_limited", { challenge: { retryAfter: Math.ceil(wait / 1000) }, evidence });
}
