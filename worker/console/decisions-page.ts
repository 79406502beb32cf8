/** The list of decisions: live, and searched. */
import { html } from "hono/html";
import type { Found, Search } from "../ledger/summary.ts";
import { type Html, moment } from "../pages/document.ts";
import { type Row, table } from "../pages/table.ts";
import { breakable, outcomeMark, ruleName, shortName } from "./page.ts";

const ROWS = 50;
const OUTCOMES = [
  "allowed",
  "denied",
  "failed",
  "approved",
  "rejected",
  "revoked",
  "ended",
  "reopened",
  "received",
  "registered",
  "consented",
  "noticed",
  "issued",
  "connected",
  "disconnected",
  "viewed",
  "signed_in",
] as const;

/** The search that the URL asks for; unknown values are ignored. */
export function searchOf(query: Readonly<Record<string, string>>): Search {
  const outcome = OUTCOMES.find((each) => each === query["outcome"]);
  const text = query["q"]?.trim();
  return {
    limit: ROWS,
    outcome,
    text: text === "" ? undefined : text,
    emergency: query["emergency"] === "1",
    before: /^\d{1,16}$/.test(query["before"] ?? "") ? Number(query["before"]) : undefined,
  };
}

export function decisionsPage(search: Search, found: readonly Found[]): Html {
  const { text = "", outcome, emergency } = search;
  const older = found.length === ROWS ? found.at(-1)?.written : undefined;
  const query = new URLSearchParams({
    ...(text !== "" && { q: text }),
    ...(outcome !== undefined && { outcome }),
    ...(emergency && { emergency: "1" }),
  });
  const rows = `/console/decisions/rows?${query}`;
  if (older !== undefined) query.set("before", String(older));
  return html`<form class="search" role="search" method="get" action="/console/decisions">
<label>Subject, actor, task or decision <input type="search" name="q" value="${text}"></label>
<label>Outcome <select name="outcome"><option value="">all</option>${OUTCOMES.map(
    (each) => html`<option${each === outcome ? html` selected` : ""}>${each}</option>`,
  )}</select></label>
<label class="check"><input type="checkbox" name="emergency" value="1"${emergency ? html` checked` : ""}> break-glass only</label>
<button>Search</button>
</form>
<div id="rows"${search.before === undefined ? html` data-live="${rows}"` : ""}>${decisionRows(found)}</div>
${older === undefined ? "" : html`<p><a href="/console/decisions?${query.toString()}">Older</a></p>`}`;
}

export function decisionRows(found: readonly Found[]): Html {
  return table(
    ["Time (UTC)", "Outcome", "Request", "For", "Through", "Rule", "Task"],
    found.map(row),
    "Decisions, newest first",
  );
}

function row({ id, time, outcome, emergency, method, path, subject, actors, rule, task, txn, unreadable }: Found): Row {
  return {
    cells: [
      moment(time),
      html`${outcomeMark(outcome)}${emergency ? html` <span class="mark emergency">break-glass</span>` : ""}`,
      unreadable ?? requestText(method, path),
      breakable(subject),
      actors.length === 0 ? "" : html`<span title="${actors.join(" -> ")}">${actors.map(shortName).join(" → ")}</span>`,
      rule === "" ? "" : ruleName(rule),
      html`<a href="/console/tasks/${encodeURIComponent(task)}#d-${id}">${shorten(txn === "" ? task : txn)}</a>`,
    ],
  };
}

function requestText(method: string, path: string): Html | "" {
  const text = `${method} ${path}`.trim();
  return text === "" ? "" : html`<code>${text}</code>`;
}

function shorten(text: string): string {
  return text.length > 18 ? `${text.slice(0, 18)}…` : text;
}
