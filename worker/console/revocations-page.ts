/** The list of revocations, below the form that revokes. */
import { html } from "hono/html";
import { LIFTED } from "../ledger/admission.ts";
import { type Html, moment, momentAt } from "../pages/document.ts";
import { type Row, table } from "../pages/table.ts";
import type { RevokedKey } from "./edges.ts";
import { pendingNotice } from "./pending.ts";

/**
 * @param pending shards of the ledger that do not have every revocation
 * @param form for operators, else ""
 */
export function revocationsPage(revoked: readonly RevokedKey[], pending: readonly string[], form: Html | ""): Html {
  const rows = revoked.filter(({ key }) => !key.startsWith('["derived"')).map(row);
  return html`${pendingNotice(pending)}${form}${table(["Time (UTC)", "Kind", "What", "Revokes", "Why"], rows, "Revocations, newest first")}`;
}

function row({ key, before, time, reason }: RevokedKey): Row {
  const [kind = "", ...values] = JSON.parse(key) as string[];
  const [name = "", authority] = values.toReversed();
  const what = html`<code>${name}</code>${authority === undefined ? "" : html`<br><small>of <code>${authority}</code></small>`}`;
  return { cells: [moment(time), kind, what, reachOf(before), reason] };
}

function reachOf(before: number | null): Html | string {
  if (before === null) return "everything, permanently";
  return before === LIFTED ? "nothing any more: reopened" : html`what was issued until ${momentAt(before)}`;
}
