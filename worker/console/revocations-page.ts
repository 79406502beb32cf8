/** The list of revocations, and the form that revokes. */
import { html } from "hono/html";
import { LIFTED } from "../ledger/admission.ts";
import { type Html, moment, table } from "../pages/document.ts";
import { REVOCATION_KINDS } from "../revocation/name.ts";
import type { RevokedKey } from "./edges.ts";

export function revocationsPage(revoked: readonly RevokedKey[], mayRevoke: boolean): Html {
  const rows = revoked
    .filter(({ key }) => !key.startsWith('["derived"'))
    .map(({ key, before, time, reason }) => {
      const [kind, ...values] = JSON.parse(key) as string[];
      return html`<tr><td>${moment(time)}</td><td>${kind ?? ""}</td><td><code>${values.join(" ")}</code></td><td>${
        before === null
          ? "permanently"
          : before === LIFTED
            ? "lifted"
            : html`issued until ${moment(new Date(before * 1000).toISOString())}`
      }</td><td>${reason}</td></tr>`;
    });
  return html`${
    mayRevoke
      ? html`<form class="act" method="post" action="/console/revocations">
<label>Kind <select name="kind">${REVOCATION_KINDS.map((kind) => html`<option>${kind}</option>`)}</select></label>
<label>Issuer <input name="issuer" aria-describedby="issuer-help"></label><span id="issuer-help">of a token, subject, session or client; of an actor its authority</span>
<label>Name <input name="value" required></label>
<label><input type="checkbox" name="unknown"> even if the name is not known here</label>
<label>Why <input name="reason" required maxlength="300"></label>
<button class="danger">Revoke</button></form>`
      : ""
  }${table(["Time (UTC)", "Kind", "What", "Reach", "Why"], rows, "Revocations, newest first")}`;
}
