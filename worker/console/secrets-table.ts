/** The secrets of vendors: their age, never their values. */
import { html } from "hono/html";
import { type Html, moment } from "../pages/document.ts";
import { table } from "../pages/table.ts";
import { type SecretStanding, secretWarning } from "../vendor/secret-age.ts";

/** @param now milliseconds since the epoch */
export function secretsTable(secrets: readonly SecretStanding[], now: number): Html {
  if (secrets.length === 0) return html``;
  const rows = secrets.map((secret) => {
    const warning = secretWarning(secret, now);
    const due = html`${day(secret.due)}${warning === undefined ? "" : html`<br><small class="warning">${warning}</small>`}`;
    return { name: html`<code>${secret.name}</code>`, cells: [secret.by, day(secret.since), due] };
  });
  return html`<h2>Secrets of vendors</h2>
${table(["Secret", "Used by", "Since (UTC)", "Due (UTC)"], rows, "When each was made, and when it must be replaced")}`;
}

function day(milliseconds: number | undefined): Html | string {
  return milliseconds === undefined ? "not stated" : moment(new Date(milliseconds).toISOString());
}
