/**
 * Stage 3: may this chain do this. The Cedar policies judge the whole chain; what the determining policies say beyond
 * yes or no becomes an obligation or a challenge.
 */
import { type Evidence, HopError } from "../errors.ts";
import { authorize } from "../policy/evaluate.ts";
import { type CompiledPolicy, type EntityJson, uidOf } from "../policy/format.ts";
import type { LoadedPolicies } from "../policy/load.ts";
import type { Decision, VerifiedChain } from "../types.ts";
import { policyContext } from "./context.ts";
import type { Gateway } from "./gateway.ts";
import { combinePermits } from "./obligations.ts";

type Deciding = Pick<Gateway, "policies" | "now">;

/** @throws HopError `scope_insufficient`, `policies_unavailable`, `policy_denied`, `step_up_required`, `approval_required` */
export async function decide(chain: VerifiedChain, gateway: Deciding): Promise<Decision> {
  requireScopes(chain);
  const current = await gateway.policies();
  if (current === undefined) throw new HopError("policies_unavailable", { evidence: { chain } });
  return judge(chain, current, gateway.now());
}

function requireScopes(chain: VerifiedChain): void {
  const { route, method } = chain.presentation;
  const scopes = route.methods[method]?.scopes ?? [];
  if (scopes.every((scope) => chain.scopes.includes(scope))) return;
  throw new HopError("scope_insufficient", { challenge: { scopes }, evidence: { chain } });
}

/** Pure: the same chain, set and time give the same decision. */
function judge(chain: VerifiedChain, current: LoadedPolicies, now: number): Decision {
  const { route, method } = chain.presentation;
  const caller = chain.actors[chain.actors.length - 1]?.sub as string;
  const { decision, reasons, errors } = authorize(
    current.policies,
    {
      principal: { type: "Workload", id: caller },
      action: { type: "Action", id: route.methods[method]?.action as string },
      resource: { type: "Route", id: route.id },
      context: policyContext(chain, now),
    },
    [...withCaller(current.entities, caller), routeEntity(chain), { uid: { type: "Api", id: route.api } }],
  );
  const byId = new Map(current.policies.policies.map((policy) => [policy.id, policy]));
  const determining = reasons.map((id) => byId.get(id) as CompiledPolicy);
  const names = (ids: readonly string[]): string[] => ids.map((id) => byId.get(id)?.annotations["id"] ?? id);
  const outcome = { policies: names(reasons), policySet: current.hash, errors: names(errors) };
  if (decision === "allow") return { chain, ...outcome, obligations: combinePermits(determining) };
  throw denial(determining, { chain, decision: outcome });
}

/** A denial is a challenge only where every forbid that stands in the way can be answered by one. */
function denial(forbids: readonly CompiledPolicy[], evidence: Evidence): HopError {
  const annotations = (name: string): string[] =>
    forbids.map((policy) => policy.annotations[name]).filter((value) => value !== undefined);
  const [reason] = annotations("reason");
  const hard = forbids.some((policy) => !("step_up" in policy.annotations || "approval" in policy.annotations));
  if (forbids.length === 0 || hard) return new HopError("policy_denied", { challenge: { reason }, evidence });
  const [[acr], [approvers]] = [annotations("step_up"), annotations("approval")];
  const ages = annotations("max_age").map(Number).filter(Number.isSafeInteger);
  const maxAge = ages.length > 0 ? Math.min(...ages) : undefined;
  const rule = acr !== undefined ? "step_up_required" : "approval_required";
  return new HopError(rule, { challenge: { reason, acr, maxAge, approvers }, evidence });
}

/** A caller that the set's entities do not list is a workload all the same, in no group. */
function withCaller(entities: readonly EntityJson[], caller: string): readonly EntityJson[] {
  const uid = { type: "Workload", id: caller };
  const listed = entities.some((entity) => {
    const { type, id } = uidOf(entity.uid);
    return type === uid.type && id === caller;
  });
  return listed ? entities : [...entities, { uid }];
}

function routeEntity({ presentation: { route } }: VerifiedChain): EntityJson {
  return {
    uid: { type: "Route", id: route.id },
    attrs: { sensitivity: route.sensitivity },
    parents: [{ type: "Api", id: route.api }],
  };
}
