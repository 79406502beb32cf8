/** What a page says while shards of the ledger do not have every revocation. */
import { html } from "hono/html";
import type { Html } from "../pages/document.ts";

/** @param shards their names */
export function pendingNotice({ length }: readonly string[]): Html | "" {
  if (length === 0) return "";
  const who = length === 1 ? "One shard of the ledger does" : `${length} shards of the ledger do`;
  return html`<p role="status"><strong class="warning">Not in force everywhere yet.</strong> ${who} not have every revocation. Until then, requests of tasks in such a shard may pass although they are revoked, or be refused although their task was reopened. The revocations are sent again every second. Reload this page: when every shard has them, this text is gone.</p>`;
}
