/** Who acts: every workload that the ledgers have seen, what it was given and what it used. */
import { html } from "hono/html";
import type { InventoryItem } from "../ledger/inventory.ts";
import { type Html, moment, table } from "../pages/document.ts";
import { shortName } from "./page.ts";

export function workloadsPage(items: readonly InventoryItem[]): Html {
  const rows = items.map(
    ({ actor, owner, purpose, last, requests, denied, used, unused, chains, longest, warnings }) => html`<tr>
<th scope="row" title="${actor}"><a href="/console/decisions?q=${encodeURIComponent(actor)}">${shortName(actor)}</a></th>
<td>${owner ?? "unknown"}${purpose === undefined ? "" : html`<br><small>${purpose}</small>`}</td>
<td>${moment(last)}</td>
<td>${requests}${denied > 0 ? html` <small>(${denied} denied)</small>` : ""}</td>
<td>${used.map((scope) => html`<code>${scope}</code> `)}${unused.map((scope) => html`<code class="withheld" title="never used">${scope}</code> `)}</td>
<td>${chains.length}</td>
<td>${Math.round(longest / 60)} min${warnings.map((warning) => html`<br><small class="warning">${warning}</small>`)}</td></tr>`,
  );
  return html`<p>Scopes that are crossed out were held and never used. <code>hopgate report</code> proposes narrower grants.</p>
${table(["Workload", "Owner", "Last seen (UTC)", "Requests", "Scopes", "Chains", "Longest credential"], rows, "Workloads, last seen first")}`;
}
