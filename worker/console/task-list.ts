/** A task as nested lists, for narrow screens: what the graph (graph.ts) shows from left to right. Pure. */
import { html } from "hono/html";
import { repeatedRequests, type TaskNode, type TaskTree } from "../ledger/task-tree.ts";
import type { Html } from "../pages/document.ts";
import { outcomeMark } from "./page.ts";

export function taskList({ subject, purpose, roots }: TaskTree): Html {
  return html`<div class="narrow"><p><strong>${subject}</strong>, ${purpose ?? "no purpose named"}</p>${nodeList(roots)}</div>`;
}

function nodeList(nodes: readonly TaskNode[]): Html | "" {
  if (nodes.length === 0) return "";
  return html`<ul>${nodes.map(({ actor, scopes, withheld, requests, children }) => {
    const given = scopes.map((scope) => html`<code>${scope}</code> `);
    const not = withheld.map((scope) => html`<del><code>${scope}</code></del> `);
    return html`<li><strong>${actor}</strong><br>${given}${not}${requestList(requests)}${nodeList(children)}</li>`;
  })}</ul>`;
}

function requestList(requests: TaskNode["requests"]): Html[] {
  return repeatedRequests(requests).map(
    ({ label, outcome, count, last }) =>
      html`<br>${outcomeMark(outcome)} <a href="#d-${last.id}">${label}</a>${count > 1 ? ` ×${count}` : ""}${last.decision?.emergency === undefined ? "" : " (break-glass)"}`,
  );
}
