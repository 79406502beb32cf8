/** A person's own passkeys. */
import { html } from "hono/html";
import type { Passkey } from "../approval/passkey.ts";
import { type Html, moment, table } from "../pages/document.ts";

export function passkeysPage(passkeys: readonly Passkey[]): Html {
  const rows = passkeys.map(
    ({
      id,
      created,
      counter,
    }) => html`<tr><td><code>${id.slice(0, 16)}</code></td><td>${moment(created)}</td><td>${counter}</td>
<td><form method="post" action="/console/passkeys/${id}/remove"><button class="danger">Remove</button></form></td></tr>`,
  );
  return html`<p>Some policies ask for an approval by passkey: the device confirms that it is you, and for which request.</p>
${table(["Passkey", "Added (UTC)", "Counter", ""], rows, "Your passkeys")}
<form class="act" data-register method="post" action="/console/passkeys"><button>Add a passkey</button>
<p>Only shortly after signing in. What you add and remove is recorded.</p><p role="alert"></p></form>
<script src="/console/passkey.js" defer></script>`;
}
