/** Access reviews: every registered workload, when it must be confirmed, and what its owner can decide. */
import { html } from "hono/html";
import type { Workload } from "../chain/names/workload.ts";
import { type Html, moment } from "../pages/document.ts";
import { type Row, table } from "../pages/table.ts";
import { shortName } from "./page.ts";

export interface ReviewItem {
  readonly workload: Workload;
  /** Actions that the ledger has seen it do. */
  readonly used: readonly string[];
  /** ISO 8601; undefined if it was never seen. */
  readonly last: string | undefined;
  /** "ended": only the registry can start it again. */
  readonly may: readonly ("answer" | "end")[];
}

export function reviewsPage(items: readonly ReviewItem[], days: number): Html {
  const head = ["Workload", "Owner", "Confirm by (UTC)", "Last seen (UTC)", "Does", "Review"];
  return html`<p>The owner of a workload confirms every ${days} days that it is needed. A registration that is not confirmed in time ends.
<strong>Narrow</strong> leaves what the ledger has seen it do, and nothing else.</p>
${table(head, items.map(row), "Registered workloads, the next to confirm first")}`;
}

function row({ workload, used, last, may }: ReviewItem): Row {
  const { name, owner, purpose, actions, disabled, review_by: by } = workload;
  const done = used.map((action) => html`<code>${action}</code> `);
  const kept = actions === undefined ? "" : html`<br><small>may do: ${actions.join(", ") || "nothing"}</small>`;
  return {
    name: html`<span title="${name}">${shortName(name)}</span>`,
    cells: [
      html`${owner}<br><small>${purpose}</small>`,
      disabled ? html`<span class="mark denied">ended</span>` : by === undefined ? "never confirmed" : moment(by),
      last === undefined ? "never" : moment(last),
      used.length === 0 && actions === undefined ? "" : html`${done}${kept}`,
      may.length === 0 ? "" : form(name, may),
    ],
  };
}

function form(name: string, may: ReviewItem["may"]): Html {
  const answer = html`<button name="said" value="confirm">Confirm</button> <button name="said" value="narrow">Narrow</button>`;
  return html`<form method="post" action="/console/reviews"><input type="hidden" name="name" value="${name}">
<label>Comment <input name="comment" maxlength="300"></label>
${may.includes("answer") ? answer : ""} ${may.includes("end") ? html`<button class="danger" name="said" value="end">End</button>` : ""}</form>`;
}
