/** A person's own passkeys. */
import { html } from "hono/html";
import type { Passkey } from "../approval/passkey.ts";
import { type Html, moment } from "../pages/document.ts";
import { table } from "../pages/table.ts";

/**
 * @param isFresh whether the person has just authenticated
 * @param again address where they authenticate again; undefined if that needs a new one-time token
 */
export function passkeysPage(passkeys: readonly Passkey[], isFresh: boolean, again: string | undefined): Html {
  const rows = passkeys.map(({ id, created, counter }) => ({
    cells: [
      html`<code>${id.slice(0, 16)}</code>`,
      moment(created),
      counter,
      html`<form method="post" action="/console/passkeys/${id}/remove"><button class="danger">Remove</button></form>`,
    ],
  }));
  return html`<p>Some policies ask for an approval by passkey: the device confirms that it is you, and for which request.</p>
${table(["Passkey", "Added (UTC)", "Counter", ""], rows, "Your passkeys")}
${isFresh ? ADD : askAgain(again)}`;
}

const ADD = html`<form class="act" data-register method="post" action="/console/passkeys"><button>Add a passkey</button>
<p>Only shortly after you authenticate. What you add and remove is recorded.</p><p role="alert"></p></form>
<script src="/console/passkey.js" defer></script>`;

function askAgain(again: string | undefined): Html {
  if (again === undefined) return html`<p>To add a passkey, sign in again with a new one-time token.</p>`;
  return html`<p><a class="button" href="${again}">Authenticate again to add a passkey</a></p>`;
}
