/** The policies' history, and what the candidate would decide differently. */
import { html } from "hono/html";
import { type Html, moment, table } from "../pages/document.ts";
import type { PolicyHistory } from "./edges.ts";

interface ShownDifference {
  readonly id: string;
  readonly time: string;
  readonly route: string;
  readonly chain: { readonly task: string; readonly subject: { readonly sub: string } };
  readonly current: { readonly decision: string; readonly policies: readonly string[] };
  readonly candidate: { readonly decision: string; readonly policies: readonly string[] };
}

export function policiesPage({ current, candidate, releases, comparison }: PolicyHistory): Html {
  const rows = releases.map(
    ({ seq, kind, set, iat, publisher, note = "" }) =>
      html`<tr><td>${seq}</td><td>${moment(new Date(iat * 1000).toISOString())}</td><td>${kind}</td><td><code>${
        set?.slice(0, 16) ?? "none"
      }</code>${set !== undefined && set === (kind === "current" ? current : candidate) ? " in force" : ""}</td><td>${publisher.slice(0, 8)}</td><td>${note}</td></tr>`,
  );
  const differences = comparison?.differences.map((text) => JSON.parse(text) as ShownDifference) ?? [];
  return html`<p>In force: <code>${current ?? "none"}</code></p>
${table(["Release", "Time (UTC)", "Kind", "Set", "Publisher", "Note"], rows, "Releases, newest first")}
<h2>Shadow</h2>
${
  comparison === undefined
    ? html`<p class="none">No candidate is in shadow mode: <code>npm run hopgate -- policy publish policies --shadow</code>.</p>`
    : html`<p>${comparison.differing} of ${comparison.compared} requests would be decided differently by <code>${candidate ?? ""}</code>.</p>
${table(
  ["Time (UTC)", "Route", "For", "Current", "Candidate"],
  differences.map(
    (each) =>
      html`<tr><td><a href="/console/tasks/${encodeURIComponent(each.chain.task)}#d-${each.id}">${moment(each.time)}</a></td><td>${
        each.route
      }</td><td>${each.chain.subject.sub}</td><td>${each.current.decision} by ${each.current.policies.join(", ") || "nothing"}</td><td>${
        each.candidate.decision
      } by ${each.candidate.policies.join(", ") || "nothing"}</td></tr>`,
  ),
  "Requests that the candidate would decide differently",
)}`
}`;
}
