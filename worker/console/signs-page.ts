/** Signs, newest first: what was new for a caller, or unusual. */
import { html } from "hono/html";
import type { Found } from "../ledger/summary.ts";
import { type Html, moment } from "../pages/document.ts";
import { type Row, table } from "../pages/table.ts";

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
): Row {
  const link = html`<a href="/console/tasks/${encodeURIComponent(task)}#d-${id}">the task</a>`;
  return { cells: [moment(time), sign, what, codeOf(actors.join(" ")), codeOf(path), link] };
}

/** An entry that cannot be read has neither a caller nor a path. */
function codeOf(text: string): Html | "" {
  return text === "" ? "" : html`<code>${text}</code>`;
}
