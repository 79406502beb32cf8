/** The form that revokes: for each kind of name its own fields, what is refused then, and for how long. */
import { html } from "hono/html";
import type { Config } from "../config.ts";
import type { Html } from "../pages/document.ts";
import { canBeEarlier, type EarlierKind } from "../revocation/limits.ts";
import { type FieldProblem, fieldsOf, type RevocationKind } from "../revocation/name.ts";
import { type FieldText, LATER_TEXTS, REVOCATION_TEXTS } from "./revocation-texts.ts";

/** A form that was sent and refused: it is shown again with what was typed. */
export interface Attempt {
  readonly kind: RevocationKind;
  readonly values: Readonly<Record<string, string>>;
  readonly problems: readonly FieldProblem[];
}

interface Input extends FieldText {
  readonly kind: RevocationKind;
  readonly field: string;
  readonly optional: boolean;
}

const REASON: FieldText = {
  label: "Reason",
  hint: "Kept with the revocation and in the ledger, with your name.",
  example: "the laptop with its key was stolen",
};

/** Kinds whose name is a hash: whether the gateway has seen it is not checked. */
const HASHES: readonly RevocationKind[] = ["task", "hop"];

const KINDS = Object.keys(REVOCATION_TEXTS) as RevocationKind[];

export function isRevocationKind(kind: unknown): kind is RevocationKind {
  return KINDS.some((each) => each === kind);
}

/** Seconds after which open streams notice a revocation, and by which clocks may differ. */
type Bounds = Pick<Config["gateway"], "revocation_bound" | "clock_skew">;

export function revocationForm(
  attempt: Attempt | undefined,
  { revocation_bound: bound, clock_skew: skew }: Bounds,
): Html {
  return html`<section aria-labelledby="revoke"><h2 id="revoke">Revoke</h2>
<p>Choose what to revoke. When the list below shows it, new requests that depend on it are refused, and open WebSockets and streams end within ${bound} seconds. If a shard of the ledger cannot be reached, this page says so.</p>
${KINDS.map((kind) => kindForm(kind, skew, attempt?.kind === kind ? attempt : undefined))}</section>`;
}

function kindForm(kind: RevocationKind, skew: number, attempt: Attempt | undefined): Html {
  const { title, effect, end, fields } = REVOCATION_TEXTS[kind];
  const texts = fields as Readonly<Record<string, FieldText>>;
  const optional = new Map(fieldsOf(kind).map((each) => [each.field, each.optional]));
  const inputs = Object.entries(texts).map(([field, text]) => ({
    ...text,
    kind,
    field,
    optional: optional.get(field) === true,
  }));
  return html`<details class="act" name="revoke"${attempt === undefined ? "" : html` open`}><summary>${title}</summary>
<form method="post" action="/console/revocations">
<p>${effect}${canBeEarlier(kind) ? "" : ` ${end}`}</p>
${otherProblems(inputs, attempt)}
<input type="hidden" name="kind" value="${kind}">
${inputs.map((input) => inputOf(input, attempt))}
${inputOf({ ...REASON, kind, field: "reason", optional: false }, attempt)}
${canBeEarlier(kind) ? reachChoice(kind, skew, attempt) : ""}
${HASHES.includes(kind) ? "" : unknownBox(kind, attempt)}
<button class="danger">Revoke</button>
</form></details>`;
}

function inputOf({ kind, field, label, hint, example, optional }: Input, attempt: Attempt | undefined): Html {
  const id = `${kind}-${field}`;
  const problem = problemOf(field, optional, attempt);
  const described = html`aria-describedby="${id}-hint${problem === undefined ? "" : ` ${id}-problem`}"`;
  return html`<div class="field"><label for="${id}">${label}${optional ? " (optional)" : ""}</label>
<small id="${id}-hint">${withCode(hint)} Example: <code>${example}</code></small>
<input id="${id}" name="${field}" value="${attempt?.values[field] ?? ""}" maxlength="${field === "reason" ? 300 : 1024}" autocomplete="off" ${described}${optional ? "" : html` required`}${problem === undefined ? "" : html` aria-invalid="true"`}>
${problem === undefined ? "" : html`<strong class="problem" id="${id}-problem" role="alert">${withCode(problem)}</strong>`}</div>`;
}

function problemOf(field: string, optional: boolean, attempt: Attempt | undefined): string | undefined {
  const found = attempt?.problems.find((each) => each.field === field);
  if (found === undefined) return undefined;
  return attempt?.values[field] === undefined && !optional ? "This field is needed." : found.problem;
}

/** Problems of fields that the form does not have. */
function otherProblems(inputs: readonly Input[], attempt: Attempt | undefined): Html[] {
  const known = [...inputs.map(({ field }) => field), "reason"];
  const others = (attempt?.problems ?? []).filter(({ field }) => !known.includes(field));
  return others.map(
    ({ field, problem }) => html`<p role="alert" class="problem"><code>${field}</code>: ${withCode(problem)}</p>`,
  );
}

/** Text in which input and names are in backticks. */
function withCode(text: string): (Html | string)[] {
  return text.split("`").map((part, index) => (index % 2 === 0 ? part : html`<code>${part}</code>`));
}

/** Everything under the name, or only what was issued until now. */
function reachChoice(kind: EarlierKind, skew: number, attempt: Attempt | undefined): Html {
  const earlier = attempt?.values["earlier"] === "yes";
  const choice = (value: "" | "yes", checked: boolean, text: string): Html =>
    html`<label class="check"><input type="radio" name="earlier" value="${value}"${checked ? html` checked` : ""}> <span>${text}</span></label>`;
  return html`<fieldset><legend>What is refused</legend>
${choice("", !earlier, `Everything from now on. ${REVOCATION_TEXTS[kind].end}`)}
${choice("yes", earlier, `Only what was issued until now, and in the next ${skew} seconds because clocks may differ. ${LATER_TEXTS[kind]}`)}
</fieldset>`;
}

function unknownBox(kind: RevocationKind, attempt: Attempt | undefined): Html {
  const id = `${kind}-unknown`;
  return html`<label class="check" for="${id}"><input type="checkbox" id="${id}" name="unknown"${attempt?.values["unknown"] === undefined ? "" : html` checked`}> <span>Revoke it even if this gateway does not know the name. Otherwise such a name is refused, because a misspelt one would revoke nothing.</span></label>`;
}
