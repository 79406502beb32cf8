/**
 * Divergence ends the task: if a forbid with `@end_task` denies a request, or `max_denials` is exceeded, the task is
 * revoked everywhere at once. This happens only after the denial is on record and its proof is spent, so that a
 * replayed request cannot end a task.
 */
import { HopError } from "../errors.ts";
import { logFailure } from "../log.ts";
import type { VerifiedChain } from "../types.ts";
import { tooManyDenials } from "./denials.ts";
import type { Gateway } from "./gateway.ts";

type Ending = Pick<Gateway, "config" | "ledger" | "endTask" | "announce" | "afterwards" | "now">;

/**
 * @param error the denial
 * @returns the error to answer: a different one if the task could not be ended
 */
export async function endDiverged(error: HopError, gateway: Ending): Promise<HopError> {
  const { chain, decision } = error.evidence;
  if (chain?.proof === undefined) return error;
  const { id } = chain.presentation;
  const policies = decision?.policies ?? [];
  let reason: string | undefined;
  try {
    reason = decision?.ends ?? (await tooManyDenials(error, chain, gateway));
    if (reason === undefined) return error;
    await gateway.endTask(chain.task.id, { reason, decision: id, policies });
  } catch (cause) {
    return new HopError("revocation_unavailable", { evidence: error.evidence, cause });
  }
  const notice = gateway.announce("dev.hopgate.task_ended.v1", id, noticeOf(chain, reason, policies));
  gateway.afterwards(notice.catch((cause: unknown) => logFailure("notice_failed", { decision: id }, cause)));
  return error;
}

function noticeOf(
  { task, subject, actors, presentation }: VerifiedChain,
  reason: string,
  policies: readonly string[],
): object {
  return {
    task: task.id,
    txn: task.txn,
    introducer: { iss: task.by.iss, sub: task.by.sub },
    subject,
    actors,
    reason,
    policies,
    decision: presentation.id,
    request: { route: presentation.route.id, method: presentation.method, path: presentation.url.pathname },
  };
}
