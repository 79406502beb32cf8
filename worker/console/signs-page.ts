/** Signs, newest first: what was new for a caller, or unusual. */
import { html } from "hono/html";
import type { Found } from "../ledger/summary.ts";
import { type Html, moment, table } from "../pages/document.ts";

/** Most signs on a page. */
export const SHOWN = 100;

export function signsPage(found: readonly Found[], isOn: boolean): Html {
  const rows = found.flatMap(({ signs = [], unreadable, ...line }) =>
    unreadable === undefined
      ? signs.map(({ sign, what }) => row(line, html`<span class="mark">${sign}</span>`, what))
      : [row(line, "", unreadable)],
  );
  return html`${isOn ? "" : html`<p>Nothing is watched: the configuration has no <code>[signs]</code>.</p>`}${table(
    ["Time (UTC)", "Sign", "What", "Caller", "Request", "Task"],
    rows,
    "Signs, newest first",
  )}`;
}

function row(
  { id, time, task, actors, path }: Omit<Found, "signs" | "unreadable">,
  sign: Html | "",
  what: string,
): Html {
  return html`<tr><td>${moment(time)}</td><td>${sign}</td><td>${what}</td>
<td><code>${actors.join(" ")}</code></td><td><code>${path}</code></td>
<td><a href="/console/tasks/${encodeURIComponent(task)}#d-${id}">the task</a></td></tr>`;
}
