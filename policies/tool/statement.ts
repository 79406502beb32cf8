/** A policy or template of the text in Cedar's JSON format. */
import type { EntityUid } from "../../worker/policy/format.ts";
import { CedarError, cedar, problemIn } from "./cedar.ts";
import { hideLongs } from "./longs.ts";
import type { Statement } from "./split.ts";

/** A policy made of a template (https://docs.cedarpolicy.com/policies/templates.html). */
export interface TemplateLink {
  /** The template's `@id`, or the id that Cedar gives it. */
  readonly templateId: string;
  /** The id of the resulting policy. */
  readonly newId: string;
  /** Values of the template's slots: `?principal`, `?resource`. */
  readonly values: Readonly<Record<string, EntityUid>>;
}

/** With its long integers hidden (longs.ts). @throws CedarError */
export function toJson({ text, slots }: Statement): cedar.PolicyJson {
  const answer = slots.length > 0 ? cedar.templateToJson(hideLongs(text)) : cedar.policyToJson(hideLongs(text));
  if (answer.type === "failure") throw new CedarError(answer.errors.map((error) => problemIn(text, error)));
  return answer.json;
}

/** The template of this number or `@id`. */
export function findTemplate(statements: readonly Statement[], name: string): Statement | undefined {
  const templates = statements.filter(({ isTemplate }) => isTemplate);
  return templates.find(({ id }) => id === name) ?? templates.find((each) => toJson(each).annotations?.["id"] === name);
}
