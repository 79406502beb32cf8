/** The policies' history, and what the candidate would decide differently. */
import { html } from "hono/html";
import { type Html, moment, momentAt } from "../pages/document.ts";
import { type Row, table } from "../pages/table.ts";
import type { Release } from "../policy/release.ts";
import type { PolicyHistory } from "./edges.ts";

interface ShownDifference {
  readonly id: string;
  readonly time: string;
  readonly route: string;
  readonly chain: { readonly task: string; readonly subject: { readonly sub: string } };
  readonly current: { readonly decision: string; readonly policies: readonly string[] };
  readonly candidate: { readonly decision: string; readonly policies: readonly string[] };
}

export function policiesPage(history: PolicyHistory): Html {
  const { current, candidate, releases, comparison } = history;
  return html`<p>In force: <code>${current ?? "none"}</code></p>
${table(
  ["Release", "Time (UTC)", "Kind", "Set", "Publisher", "Note"],
  releases.map((release) => releaseRow(release, history)),
  "Releases, newest first",
)}
<h2>Shadow</h2>
${
  comparison === undefined
    ? html`<p class="none">No candidate is in shadow mode: <code>npm run hopgate -- policy publish policies --shadow</code>.</p>`
    : html`<p>${comparison.differing} of ${comparison.compared} requests would be decided differently by <code>${candidate ?? ""}</code>.</p>
${table(
  ["Time (UTC)", "Route", "For", "Current", "Candidate"],
  comparison.differences.map((text) => differenceRow(JSON.parse(text) as ShownDifference)),
  "Requests that the candidate would decide differently",
)}`
}`;
}

function releaseRow(
  { seq, kind, set, iat, publisher, note = "" }: Release,
  { current, candidate }: PolicyHistory,
): Row {
  const inForce = set !== undefined && set === (kind === "current" ? current : candidate);
  const shown = html`<code>${set?.slice(0, 16) ?? "none"}</code>${inForce ? " in force" : ""}`;
  return { cells: [seq, momentAt(iat), kind, shown, publisher.slice(0, 8), note] };
}

function differenceRow({ id, time, route, chain, current, candidate }: ShownDifference): Row {
  const link = html`<a href="/console/tasks/${encodeURIComponent(chain.task)}#d-${id}">${moment(time)}</a>`;
  return { cells: [link, route, chain.subject.sub, decidedBy(current), decidedBy(candidate)] };
}

function decidedBy({ decision, policies }: ShownDifference["current"]): string {
  return `${decision} by ${policies.join(", ") || "nothing"}`;
}
