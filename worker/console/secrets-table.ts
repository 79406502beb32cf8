/** The secrets of vendors: their age, never their values. */
import { html } from "hono/html";
import { type Html, moment, table } from "../pages/document.ts";
import { type SecretStanding, secretWarning } from "../vendor/secret-age.ts";

/** @param now milliseconds since the epoch */
export function secretsTable(secrets: readonly SecretStanding[], now: number): Html {
  if (secrets.length === 0) return html``;
  const rows = secrets.map((secret) => {
    const warning = secretWarning(secret, now);
    return html`<tr><th scope="row"><code>${secret.name}</code></th><td>${secret.by}</td><td>${day(secret.since)}</td>
<td>${day(secret.due)}${warning === undefined ? "" : html`<br><small class="warning">${warning}</small>`}</td></tr>`;
  });
  return html`<h2>Secrets of vendors</h2>
${table(["Secret", "Used by", "Since (UTC)", "Due (UTC)"], rows, "When each was made, and when it must be replaced")}`;
}

function day(milliseconds: number | undefined): Html | string {
  return milliseconds === undefined ? "not stated" : moment(new Date(milliseconds).toISOString());
}
