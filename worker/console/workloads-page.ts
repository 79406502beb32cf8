/** Every workload that the ledgers have seen, what it was given and what it used. */
import { html } from "hono/html";
import type { InventoryItem } from "../ledger/inventory.ts";
import { type Html, moment } from "../pages/document.ts";
import { type Row, table } from "../pages/table.ts";
import { shortName } from "./page.ts";

const COLUMNS = ["Workload", "Owner", "Last seen (UTC)", "Requests", "Scopes", "Chains", "Longest credential"];

export function workloadsPage(items: readonly InventoryItem[]): Html {
  return html`<p>Scopes that are crossed out were held and never used. <code>hopgate report</code> proposes narrower grants.</p>
${table(COLUMNS, items.map(row), "Workloads, last seen first")}`;
}

function row(item: InventoryItem): Row {
  const { actor, last, requests, denied, used, unused, chains, longest, warnings } = item;
  return {
    name: html`<a href="/console/decisions?q=${encodeURIComponent(actor)}" title="${actor}">${shortName(actor)}</a>`,
    cells: [
      ownerCell(item),
      moment(last),
      html`${requests}${denied > 0 ? html` <small>(${denied} denied)</small>` : ""}`,
      html`${used.map((scope) => html`<code>${scope}</code> `)}${unused.map((scope) => html`<code class="withheld" title="never used">${scope}</code> `)}`,
      chains.length,
      html`${Math.round(longest / 60)} min${warnings.map((warning) => html`<br><small class="warning">${warning}</small>`)}`,
    ],
  };
}

function ownerCell({ owner, purpose, environment, type, expires }: InventoryItem): Html {
  const facts = [purpose, kindText({ environment, type }), expires && html`until ${moment(expires)}`];
  const told = facts.filter((fact) => fact !== undefined).map((fact) => html`<br><small>${fact}</small>`);
  return html`${owner ?? "nobody"}${told}`;
}

/** What it is and where it runs, such as `agent in production`. */
function kindText({ type, environment }: Pick<InventoryItem, "type" | "environment">): string | undefined {
  if (environment === undefined) return type;
  return `${type ?? "runs"} in ${environment}`;
}
