/** `/me`: what acts for a person and their accounts at vendors, each with a button that ends it. */
import { html } from "hono/html";
import { newAct } from "../../ledger/record.ts";
import { type Html, momentAt } from "../../pages/document.ts";
import { type Row, table } from "../../pages/table.ts";
import type { Grant } from "../grants/grant.ts";
import { endGrantOf, grantsOf } from "../grants/keeper.ts";
import type { GrantRow } from "../grants/row.ts";
import { accountsPart } from "./accounts-page.ts";
import { purposeOf, taskOfGrant } from "./claims.ts";
import type { DoorContext } from "./door.ts";
import { show, showProblem, whoIs } from "./pages.ts";
import { endSession, type Session, sessionOf } from "./session.ts";
import { startSignIn } from "./sign-in.ts";

export async function showMine(c: DoorContext): Promise<Response> {
  const session = await sessionOf(c);
  if (session === undefined) return startSignIn(c, "/me");
  const { person } = session;
  const { door } = c.var;
  const [grants, accounts] = await Promise.all([grantsOf(person, door.service), accountsOf(c, session)]);
  const frame = { title: "What acts for you", top: whoIs(person.name ?? person.sub) };
  return show(c, frame, html`${minePage(grants)}${accounts}`);
}

/** Empty if the configuration has no vendors at which people have accounts. */
async function accountsOf(c: DoorContext, { subject }: Session): Promise<Html | string> {
  const { vendors, grantsOf: vaultOf } = c.var.door;
  return vendors.size === 0 ? "" : accountsPart(vendors, await vaultOf(subject).list(subject));
}

/** Ends what one client may do, with every token and chain derived from it. */
export async function endMine(c: DoorContext): Promise<Response> {
  const session = await sessionOf(c);
  if (session === undefined) return startSignIn(c, "/me");
  const { service } = c.var.door;
  const { person } = session;
  const ended = await endGrantOf(person, new URLSearchParams(await c.req.text()).get("id") ?? "", service);
  if (ended === undefined) return showProblem(c, "It has already ended.", 404);
  const done = newAct(service.now(), {
    act: "revoked",
    by: { iss: person.iss, sub: person.sub, name: person.name },
    about: { client: ended.client.id, resource: ended.resource, reason: "ended by the person who gave it" },
  });
  service.keepAct(taskOfGrant(ended, service.config.gateway.id, service.core.sha256), done);
  return c.redirect("/me", 303);
}

export async function leave(c: DoorContext): Promise<Response> {
  await endSession(c);
  return show(
    c,
    { title: "Signed out" },
    html`<p>You have signed out here. What you have allowed stays allowed: <a href="/me">see it</a>.</p>`,
  );
}

function minePage(grants: readonly { readonly row: GrantRow; readonly grant: Grant }[]): Html {
  const head = ["Client", "May use, as which task", "Since (UTC)", "Last token (UTC)", "Until (UTC)", ""];
  return html`<p>These clients act for you. Ending one ends its task: everything that it has begun for you stops within seconds.</p>
${table(head, grants.map(rowOf), "Clients that act for you")}`;
}

function rowOf({ row, grant }: { readonly row: GrantRow; readonly grant: Grant }): Row {
  const { client, resource, scopes, began, txn } = grant;
  const known = client.actor.proof === "told" ? "its name is not proven" : `its name is ${client.actor.proof}`;
  return {
    cells: [
      html`<strong>${client.name}</strong>${client.host === undefined ? "" : html` of ${client.host}`}<br><small>${known}</small>`,
      html`<code>${resource}</code><br><code>${scopes.join(" ")}</code><br><small>${purposeOf(grant)}, ${txn}</small>`,
      momentAt(began),
      momentAt(row.used),
      momentAt(row.expires),
      html`<form method="post" action="/me/end"><input type="hidden" name="id" value="${row.id}"><button class="danger" aria-label="End what ${client.name} may do">End</button></form>`,
    ],
  };
}
