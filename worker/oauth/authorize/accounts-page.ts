/** The pages about a person's accounts at vendors: the question before one is connected, and the list at `/me`. */
import { html } from "hono/html";
import { factList, type Html, momentAt } from "../../pages/document.ts";
import { type Row, table } from "../../pages/table.ts";
import type { Connection } from "../../vendor/grant.ts";
import { connectPath } from "../../vendor/link.ts";
import type { DoorVendor } from "./door.ts";

export interface ConnectView {
  /** Its name in the configuration. */
  readonly name: string;
  readonly vendor: DoorVendor;
  readonly token: string;
  /** The person who has signed in. */
  readonly who: string;
}

export function titleOf(name: string, { title }: Pick<DoorVendor, "title">): string {
  return title ?? name;
}

export function connectPage({ name, vendor, token, who }: ConnectView): Html {
  const title = titleOf(name, vendor);
  const facts: [string, Html | string][] = [
    ["Vendor", html`<strong>${title}</strong> (<code>${new URL(vendor.issuer).host}</code>)`],
    ["Used for", html`<strong>${who}</strong> only`],
    ["Asked for", vendor.scope.length === 0 ? "what the vendor gives" : html`<code>${vendor.scope.join(" ")}</code>`],
  ];
  return html`<p>Clients and agents that act for you through this gateway can then use your account at <strong>${title}</strong>, as far as the policies permit.
They never see your password or a token.</p>
<p role="note" class="warning">Continue only if you have just requested this yourself, and only with an account that is yours.</p>
${factList(facts)}
<form class="act" method="post" action="${connectPath(name)}">
<input type="hidden" name="token" value="${token}">
<button>Connect</button>
<p>You can end this at any time: <a href="/me">your accounts</a>.</p>
</form>`;
}

export function onwardPage(url: string, title: string): Html {
  return html`<p><a href="${url}">Continue to ${title}</a></p>`;
}

/** @param vendors of the configuration: accounts that are not connected yet are offered */
export function accountsPart(vendors: ReadonlyMap<string, DoorVendor>, connections: readonly Connection[]): Html {
  const head = ["Vendor", "May do", "Since (UTC)", "Last token (UTC)", ""];
  const rows = [...vendors].map(([name, vendor]) =>
    rowOf(
      name,
      vendor,
      connections.find((each) => each.vendor === name),
    ),
  );
  return html`<h2>Your accounts at vendors</h2>
<p>Clients and agents that act for you can use these accounts, as far as the policies permit. Disconnecting takes effect at once.</p>
${table(head, rows, "Your accounts at vendors")}`;
}

function rowOf(name: string, vendor: DoorVendor, connection: Connection | undefined): Row {
  const title = titleOf(name, vendor);
  const named = html`<strong>${title}</strong>`;
  if (connection === undefined) {
    const none = html`<span class="none">not connected</span>`;
    return { cells: [named, none, "", "", html`<a href="${connectPath(name)}">Connect</a>`] };
  }
  return {
    cells: [
      named,
      html`<code>${connection.scope.join(" ")}</code>`,
      momentAt(connection.since),
      momentAt(connection.renewed),
      html`<form method="post" action="/me/disconnect/${name}"><button class="danger" aria-label="Disconnect ${title}">Disconnect</button></form>`,
    ],
  };
}
