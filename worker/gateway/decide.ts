/**
 * Stage 3: whether this chain may do this. The Cedar policies judge the whole chain; annotations of the determining
 * policies become obligations or challenges.
 */

import { approversOf } from "../approval/approval.ts";
import { announceEmergency, requireApproval, spendApproval } from "../approval/require.ts";
import { answerableOf } from "../chain/actors.ts";
import { type Challenge, HopError } from "../errors.ts";
import { type Executable, type Judgement, judge } from "../policy/evaluate.ts";
import { decisionOf, determiningOf, failedForbids } from "../policy/fail-closed.ts";
import type { LoadedPolicies } from "../policy/load.ts";
import { changesOf, type MemoryChanges, Unremembered } from "../policy/remember.ts";
import type { Decision, Outcome, Question, VerifiedChain } from "../types.ts";
import { requireKnownSubject } from "../vendor/exchange.ts";
import { requireAccount } from "../vendor/person.ts";
import type { Override } from "./context.ts";
import { requireCovered } from "./coverage.ts";
import type { Gateway } from "./gateway.ts";
import { checkLimit } from "./limit.ts";
import type { RequestMemory } from "./memory.ts";
import { combineForbids, combinePermits, type Denial } from "./obligations.ts";
import { requirePlan } from "./plan.ts";
import { questionOf } from "./question.ts";
import { createRequestSigns } from "./signs.ts";

type Deciding = Pick<
  Gateway,
  | "config"
  | "core"
  | "policies"
  | "approvals"
  | "announce"
  | "compare"
  | "pins"
  | "signs"
  | "takeRate"
  | "grantsOf"
  | "connectUri"
  | "now"
>;

/** What the policies decide about a chain. */
interface Answer {
  readonly outcome: Outcome;
  readonly judgement: Judgement;
}

/**
 * A denial is final unless the policies let break-glass or an approval override it. Then they are evaluated again, and
 * the second answer counts. What the request uses up is used up at admission.
 *
 * @throws HopError `scope_insufficient`, `action_narrowed`, `details_*`, `plan_*`, `tool_changed`,
 * `dead_letter_undecided`, `policies_unavailable`, `policy_failed`, `policy_denied`, `step_up_required`, `approval*`,
 * `memory_unreadable`, `signs_unavailable`, `ledger_unavailable`; of `useUp`: `account_unconnected`, `subject_foreign`,
 * `credential_unavailable`, `rate_limited`, `limits_unavailable`, `approval_invalid`, `notice_unavailable`
 */
export async function decide(chain: VerifiedChain, memory: RequestMemory, gateway: Deciding): Promise<Decision> {
  requireScopes(chain);
  requireWithinReview(chain);
  requireCovered(chain);
  requirePlan(chain);
  requireUnchanged(chain, gateway);
  const current = await gateway.policies();
  if (current === undefined) throw new HopError("policies_unavailable", { evidence: { chain } });
  const now = gateway.now();
  const signs = createRequestSigns(chain, gateway);
  // Because a denial is final, it is decided with the memory of the ledger itself, never with a cached copy.
  const answerTo = async (override: Override): Promise<Answer> => {
    while (true) {
      const remembered = memory.context(current.policies.memory);
      const answer = ask(questionOf(chain, now, override, remembered, signs), current);
      if (await signs.refresh()) continue;
      if (decisionOf(answer.judgement) === "allow" || !(await memory.refresh())) return answer;
    }
  };

  const first = await answerTo({});
  if (memory.moves === 0) gateway.compare(chain, first.outcome.question, first.judgement);
  const { answer, useUp } =
    decisionOf(first.judgement) === "allow"
      ? { answer: first, useUp: async () => undefined }
      : await overcome(chain, first, answerTo, gateway);
  requirePeople(chain, answer.outcome);
  const remembers = remembersOf(answer, chain);
  return {
    chain,
    ...answer.outcome,
    ...(Object.keys(remembers).length > 0 && { remembers }),
    obligations: combinePermits(answer.judgement.determining),
    useUp: async () => {
      await requireCredential(chain, gateway);
      await checkLimit(chain, { chain, decision: answer.outcome }, gateway);
      await useUp();
    },
  };
}

/** A second decision that allows what the first denied, and what it uses up. */
interface Passing {
  readonly answer: Answer;
  useUp(): Promise<void>;
}

async function overcome(
  chain: VerifiedChain,
  first: Answer,
  answerTo: (override: Override) => Promise<Answer>,
  gateway: Deciding,
): Promise<Passing> {
  const { emergency } = chain.presentation;
  if (emergency !== undefined) {
    const second = await answerTo({ emergency });
    const outcome = { ...second.outcome, emergency };
    if (decisionOf(second.judgement) === "deny") throw refusal(chain, outcome, denialOf(second));
    return { answer: { ...second, outcome }, useUp: () => announceEmergency(chain, outcome, gateway) };
  }
  const denial = denialOf(first);
  if (denial.rule !== "approval_required") throw refusal(chain, first.outcome, denial);
  // People are asked only if their approval would change the decision.
  const second = await answerTo({ approved: true });
  if (decisionOf(second.judgement) === "deny") throw refusal(chain, second.outcome, finalDenialOf(second));
  const approval = await requireApproval(chain, first.outcome, denial.challenge, gateway);
  return {
    answer: {
      ...second,
      outcome: { ...second.outcome, approval: approval.id, approvedBy: approversOf(approval) },
    },
    useUp: () => spendApproval(approval, chain, second.outcome, gateway),
  };
}

/**
 * If an owner has narrowed the caller in a review, it may do only what it had been seen to do, also under a name that
 * was only told.
 */
function requireWithinReview(chain: VerifiedChain): void {
  const { actors, ownership } = chain;
  const answerable = ownership[actors.indexOf(answerableOf(actors))];
  const { action } = chain.presentation.operation;
  if ([ownership.at(-1), answerable].every((each) => each?.actions?.includes(action) ?? true)) return;
  throw new HopError("action_narrowed", { evidence: { chain } });
}

/** The tool's definition is not the one that was reviewed when its arguments were declared. */
function requireUnchanged(chain: VerifiedChain, { pins }: Deciding): void {
  const { route, tool } = chain.presentation;
  if (tool !== undefined && pins.hasChanged(route.id, tool.name))
    throw new HopError("tool_changed", { evidence: { chain } });
}

/** Only people may decide to process a dead letter again, whatever the policies say. */
function requirePeople(chain: VerifiedChain, decision: Outcome): void {
  if (chain.message?.deadLetter && decision.approvedBy === undefined)
    throw new HopError("dead_letter_undecided", { evidence: { chain, decision } });
}

/** A request without a usable credential must not use up a rate or an approval. */
async function requireCredential({ presentation, subject }: VerifiedChain, gateway: Deciding): Promise<void> {
  const { credential } = presentation.route;
  if (credential?.kind === "person") await requireAccount(credential.vendor, subject, gateway);
  if (credential?.kind === "exchange") requireKnownSubject(credential, subject);
}

function requireScopes(chain: VerifiedChain): void {
  const { scopes } = chain.presentation.operation;
  if (scopes.every((scope) => chain.scopes.includes(scope))) return;
  throw new HopError("scope_insufficient", { challenge: { scopes }, evidence: { chain } });
}

/** Pure: the same question and set give the same answer. */
function ask(question: Question, { policies: set, entities: known, hash }: LoadedPolicies): Answer {
  const judgement = judge(set, question.request, question.entities, known);
  const policies = determiningOf(judgement).map(nameOf);
  return {
    judgement,
    outcome: { policies, policySet: hash, errors: judgement.failed.map(nameOf), question },
  };
}

/** @throws HopError `memory_unreadable`, with the path that is missing */
function remembersOf({ judgement, outcome }: Answer, chain: VerifiedChain): MemoryChanges {
  try {
    return changesOf(judgement.determining, outcome.question.request.context);
  } catch (cause) {
    if (!(cause instanceof Unremembered)) throw cause;
    throw new HopError("memory_unreadable", { member: cause.member, evidence: { chain, decision: outcome }, cause });
  }
}

/** Failed policies come first, because nothing that the caller or approvers do about the others would help. */
function denialOf({ judgement }: Answer): Refused {
  const failed = failedForbids(judgement).map((policy) => `\`${nameOf(policy)}\``);
  if (failed.length === 0) return combineForbids(judgement.determining);
  return { rule: "policy_failed", challenge: { reason: `${failed.join(", ")} failed to evaluate, and forbids` } };
}

/** Denied despite every approval, so asking for one would not help. */
function finalDenialOf(answer: Answer): Refused {
  const denial = denialOf(answer);
  if (denial.rule !== "approval_required") return denial;
  return { rule: "policy_denied", challenge: { reason: denial.challenge.reason } };
}

type Refused = Denial | { readonly rule: "policy_failed"; readonly challenge: Challenge };

function refusal(chain: VerifiedChain, decision: Outcome, refused: Refused): HopError {
  const { rule, challenge } = refused;
  const ends = "ends" in refused ? { ends: refused.ends } : {};
  return new HopError(rule, { challenge, evidence: { chain, decision: { ...decision, ...ends } } });
}

/** `@id`, if there is one. */
function nameOf({ id, annotations }: Executable): string {
  return annotations["id"] ?? id;
}
