/** Compares two policy sets: policies by name, and the answers to the folder's tests. */
import { joinedEntities } from "../../worker/policy/entities.ts";
import { authorize, executables } from "../../worker/policy/evaluate.ts";
import type { CompiledDocument } from "../../worker/policy/format.ts";
import { cedar } from "./cedar.ts";
import type { PolicySource } from "./source.ts";
import { splitPolicies } from "./split.ts";
import { toJson } from "./statement.ts";
import type { PolicyCase } from "./test.ts";

export interface PolicyChange {
  readonly name: string;
  readonly kind: "added" | "removed" | "changed";
  /** Formatted Cedar text of each side that has it. */
  readonly before?: string;
  readonly after?: string;
}

/**
 * Policies by `@id` (else by number), compared after formatting by Cedar, so that white space and comments do not
 * count.
 */
export function diffSources(before: PolicySource, after: PolicySource): PolicyChange[] {
  const [old, fresh] = [textsByName(before), textsByName(after)];
  const names = [...new Set([...old.keys(), ...fresh.keys()])];
  return names.flatMap((name): PolicyChange[] => {
    const [a, b] = [old.get(name), fresh.get(name)];
    if (a === b) return [];
    if (a === undefined) return [{ name, kind: "added", after: b as string }];
    return b === undefined ? [{ name, kind: "removed", before: a }] : [{ name, kind: "changed", before: a, after: b }];
  });
}

function textsByName({ cedarText, links }: PolicySource): Map<string, string> {
  const texts = splitPolicies(cedarText).map((statement): [string, string] => [
    toJson(statement).annotations?.["id"] ?? statement.id,
    format(statement.text),
  ]);
  return new Map([...texts, ...links.map((link): [string, string] => [link.newId, JSON.stringify(link, null, 2)])]);
}

function format(policyText: string): string {
  const answer = cedar.formatPolicies({ policyText });
  const text = answer.type === "success" ? answer.formatted_policy : policyText;
  return text.replaceAll(/^\s*\/\/[^\n]*\n/gm, "").trim();
}

/** The tests that two sets answer differently, with both answers. */
export function diffAnswers(
  before: CompiledDocument,
  after: CompiledDocument,
  cases: readonly PolicyCase[],
): { readonly name: string; readonly before: string; readonly after: string }[] {
  const answer = ({ policies, entities }: CompiledDocument, test: PolicyCase): string => {
    const names = new Map(executables(policies).map(({ id, annotations }) => [id, annotations["id"] ?? id]));
    const { decision, reasons } = authorize(policies, test.request, joinedEntities(entities, test.entities));
    return `${decision} (${reasons.map((id) => names.get(id)).join(", ") || "nothing permits"})`;
  };
  return cases.flatMap((test) => {
    const [a, b] = [answer(before, test), answer(after, test)];
    return a === b ? [] : [{ name: test.name, before: a, after: b }];
  });
}
