/** Every workload that the ledgers have seen, what it was given and what it used. */
import { html } from "hono/html";
import type { InventoryItem } from "../ledger/inventory.ts";
import { type Html, moment, table } from "../pages/document.ts";
import { shortName } from "./page.ts";

export function workloadsPage(items: readonly InventoryItem[]): Html {
  const rows = items.map(
    ({
      actor,
      owner,
      purpose,
      environment,
      type,
      expires,
      last,
      requests,
      denied,
      used,
      unused,
      chains,
      longest,
      warnings,
    }) => html`<tr>
<th scope="row" title="${actor}"><a href="/console/decisions?q=${encodeURIComponent(actor)}">${shortName(actor)}</a></th>
<td>${owner ?? "nobody"}${[purpose, kindText({ environment, type }), expires && html`until ${moment(expires)}`].filter((text) => text !== undefined).map((text) => html`<br><small>${text}</small>`)}</td>
<td>${moment(last)}</td>
<td>${requests}${denied > 0 ? html` <small>(${denied} denied)</small>` : ""}</td>
<td>${used.map((scope) => html`<code>${scope}</code> `)}${unused.map((scope) => html`<code class="withheld" title="never used">${scope}</code> `)}</td>
<td>${chains.length}</td>
<td>${Math.round(longest / 60)} min${warnings.map((warning) => html`<br><small class="warning">${warning}</small>`)}</td></tr>`,
  );
  return html`<p>Scopes that are crossed out were held and never used. <code>hopgate report</code> proposes narrower grants.</p>
${table(["Workload", "Owner", "Last seen (UTC)", "Requests", "Scopes", "Chains", "Longest credential"], rows, "Workloads, last seen first")}`;
}

/** What it is and where it runs, such as `agent in production`. */
function kindText({ type, environment }: Pick<InventoryItem, "type" | "environment">): string | undefined {
  if (environment === undefined) return type;
  return `${type ?? "runs"} in ${environment}`;
}
