/** Runs policy tests with the Worker's evaluator and with Cedar, which must agree. */

import { isDeepStrictEqual } from "node:util";
import { joinedEntities } from "../../worker/policy/entities.ts";
import type { AuthorizationRequest, Judgement } from "../../worker/policy/evaluate.ts";
import { executables, judge } from "../../worker/policy/evaluate.ts";
import { decisionOf, determiningOf } from "../../worker/policy/fail-closed.ts";
import type { EntityJson } from "../../worker/policy/format.ts";
import { changesOf, type MemoryChanges, Unremembered } from "../../worker/policy/remember.ts";
import { cedar } from "./cedar.ts";
import { policySetOf } from "./check.ts";
import { compilePolicies } from "./compile.ts";
import { splitPolicies } from "./split.ts";
import type { TemplateLink } from "./statement.ts";

export interface PolicyCase {
  readonly name: string;
  readonly request: AuthorizationRequest;
  /** Entities in addition to the set's: the route and its API. */
  readonly entities: readonly EntityJson[];
  readonly decision: "allow" | "deny";
  /** `@id`s of the determining policies. */
  readonly reasons: readonly string[];
  /** What the request adds to memory; if given, it must match exactly. */
  readonly remembers?: MemoryChanges;
}

export interface PolicyCaseResult {
  readonly name: string;
  readonly passed: boolean;
  /** What differs, if anything. */
  readonly problem?: string;
  readonly reasons: readonly string[];
}

export interface PolicyFiles {
  readonly cedarText: string;
  readonly schemaText: string;
  readonly entities: readonly EntityJson[];
  readonly links: readonly TemplateLink[];
  /** The file and line of a line of `cedarText`. */
  places(line: number): { readonly file: string; readonly line: number };
}

/** Results in order of the cases, and the policies that never decided. */
export function testPolicies(
  { cedarText, schemaText, entities, links }: PolicyFiles,
  cases: readonly PolicyCase[],
): { readonly results: PolicyCaseResult[]; readonly uncovered: string[] } {
  const compiled = compilePolicies(cedarText, schemaText, links);
  const policies = policySetOf(splitPolicies(cedarText), links);
  const names = new Map(executables(compiled).map(({ id, annotations }) => [id, annotations["id"] ?? id]));
  const results = cases.map((test) => {
    const all = joinedEntities(entities, test.entities);
    const judgement = judge(compiled, test.request, all);
    const theirs = cedar.isAuthorized({
      ...(test.request as unknown as Omit<cedar.AuthorizationCall, "policies" | "entities">),
      policies,
      entities: all.map((entity) => ({ attrs: {}, parents: [], ...entity })) as unknown as cedar.Entities,
      schema: schemaText,
      validateRequest: true,
    });
    const reasons = determiningOf(judgement).map(({ id }) => names.get(id) as string);
    const problem =
      differenceOf(test, decisionOf(judgement), reasons) ??
      differenceOfMemory(test, judgement) ??
      disagreement(judgement, theirs);
    return { name: test.name, passed: problem === undefined, reasons, ...(problem !== undefined && { problem }) };
  });
  const covered = new Set(results.flatMap(({ reasons }) => reasons));
  return { results, uncovered: [...names.values()].filter((name) => !covered.has(name)) };
}

function differenceOf(test: PolicyCase, decision: string, reasons: readonly string[]): string | undefined {
  if (decision !== test.decision) return `expected ${test.decision}, got ${decision}`;
  const [expected, got] = [test.reasons, reasons].map(sorted);
  return expected === got ? undefined : `expected the reasons [${expected}], got [${got}]`;
}

/** For an allowed request: what its permits remember must be readable, and match the test. */
function differenceOfMemory({ decision, request, remembers }: PolicyCase, judgement: Judgement): string | undefined {
  if (decision === "deny") return remembers === undefined ? undefined : "a denied request remembers nothing";
  try {
    const changes = changesOf(judgement.determining, request.context);
    return remembers === undefined || isDeepStrictEqual(changes, remembers)
      ? undefined
      : `remembers ${JSON.stringify(changes)}`;
  } catch (error) {
    if (error instanceof Unremembered) return `\`${error.member}\`: ${error.message}`;
    throw error;
  }
}

/** With Cedar itself, which skips policies that fail; the gateway's fail-closed rule is not applied. */
function disagreement(ours: Judgement, theirs: cedar.AuthorizationAnswer): string | undefined {
  if (theirs.type === "failure") return theirs.errors.map(({ message }) => message).join("; ");
  const { decision, diagnostics } = theirs.response;
  const same =
    decision === ours.decision &&
    sorted(diagnostics.reason) === sorted(ours.determining.map(({ id }) => id)) &&
    sorted(diagnostics.errors.map(({ policyId }) => policyId)) === sorted(ours.failed.map(({ id }) => id));
  return same ? undefined : `Cedar says ${decision} by [${diagnostics.reason.join(", ")}]`;
}

function sorted(ids: readonly string[]): string {
  return [...ids].sort().join();
}
