/** What policies see of a task's plan, and operations that require one. Pure. */
import { isPlanned } from "../chain/plan.ts";
import { HopError } from "../errors.ts";
import type { VerifiedChain } from "../types.ts";

/** Attributes of `context.task`: `planned`, `plannedBy`; absent if the task has no plan. */
export function planContext({ plan, actors }: VerifiedChain, action: string): Readonly<Record<string, unknown>> {
  if (plan === undefined) return {};
  const { iss, sub } = plan.by;
  return { planned: isPlanned(plan, action, actors), plannedBy: { authority: iss, name: sub } };
}

/** @throws HopError `plan_required`, `plan_unknown` */
export function requirePlan(chain: VerifiedChain): void {
  if (chain.presentation.operation.plan !== "required") return;
  if (chain.plan === undefined) throw new HopError("plan_required", { member: "tctx", evidence: { chain } });
  if (chain.plan.steps === undefined) throw new HopError("plan_unknown", { member: "tctx", evidence: { chain } });
}
