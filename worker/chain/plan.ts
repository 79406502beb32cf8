/** The plan of a task (`tctx.plan`): which actions were approved before it began, and for which actors. Pure. */
import * as v from "valibot";
import type { ChainHop } from "../../wasm/core.ts";
import { HopError } from "../errors.ts";
import { answerableOf } from "./actors.ts";
import { type Party, partyId } from "./party.ts";
import { rootParty } from "./root.ts";
import type { Actor, Plan, PlanStep, Root } from "./types.ts";

/** An unknown member may be a limit, so a plan with one is of an unknown form. */
const Step = v.strictObject({
  action: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  actor: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(1024))),
});
const Steps = v.pipe(v.array(Step), v.maxLength(64));

/**
 * The plan, as stated by the party that introduced the task's context; the core ensures that no later hop has another
 * context.
 *
 * @param actors origin first
 * @throws HopError `root_refused` if a token of the gateway does not say who stated its plan
 */
export function planOf(
  hops: readonly [ChainHop, ...ChainHop[]],
  root: Root,
  actors: readonly Actor[],
): Plan | undefined {
  const introduced = hops.findIndex(({ claims }) => claims["tctx"] !== undefined);
  const context = (hops[introduced]?.claims["tctx"] ?? {}) as Record<string, unknown>;
  if (!Object.hasOwn(context, "plan")) return undefined;
  const { iss, sub } =
    introduced === 0 ? whoStated(root) : (actors[actors.length - hops.length + introduced - 1] as Actor);
  return { steps: stepsIn(context["plan"]), by: { iss, sub } };
}

function whoStated(root: Root): Party {
  if (root.own === undefined) return rootParty(root);
  if (root.own.planBy === undefined) throw new HopError("root_refused", { hop: 0, member: "plan_by" });
  return root.own.planBy;
}

/** @returns undefined if the plan has an unknown form */
export function stepsIn(plan: unknown): readonly PlanStep[] | undefined {
  const read = v.safeParse(Steps, plan);
  return read.success ? read.output : undefined;
}

/** Whether an action of the caller is in the plan. In a plan of an unknown form, nothing is. */
export function isPlanned({ steps = [] }: Plan, action: string, actors: readonly [Actor, ...Actor[]]): boolean {
  // Children count as their delegator, as for rates: a workload can invent any number of them.
  const caller = partyId(answerableOf(actors));
  const isTold = actors.at(-1)?.proof === "told";
  return steps.some(
    (step) => step.action === action && (step.actor === undefined || (step.actor === caller && !isTold)),
  );
}
