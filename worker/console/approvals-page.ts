/** The list of approvals, and the page of one with everything that it would permit. */
import { html } from "hono/html";
import type { Approval, Vote } from "../approval/approval.ts";
import { partyId } from "../chain/party.ts";
import { actorText } from "../ledger/record.ts";
import { factList, type Html, moment, momentAt } from "../pages/document.ts";
import { type Row, table } from "../pages/table.ts";
import { outcomeMark } from "./page.ts";

export function approvalsPage(approvals: readonly Approval[]): Html {
  const waiting = approvals.filter(({ status }) => status === "pending");
  const over = approvals.filter(({ status }) => status !== "pending");
  const head = ["Asked (UTC)", "Status", "Request", "For", "Asks", "Until (UTC)"];
  return html`<h2>Waiting (${waiting.length})</h2>${table(head, waiting.map(row), "Approvals that wait")}
<h2>Closed</h2>${table(head, over.map(row), "Closed approvals")}`;
}

function row({ id, created, status, asked, groups, expires }: Approval): Row {
  const { method, target } = asked.request;
  const request = html`<a href="/console/approvals/${id}"><code>${method} ${target}</code></a>`;
  return {
    cells: [
      moment(created),
      outcomeMark(status),
      request,
      asked.chain.subject.sub,
      groups.join(", "),
      momentAt(expires),
    ],
  };
}

/** @param mine groups for which the member may vote and that have not voted */
export function approvalPage(approval: Approval, mine: readonly string[]): Html {
  const { id, status, asked, groups, passkeys, votes, expires, task } = approval;
  const { chain, request } = asked;
  const facts: [string, Html | string][] = [
    ["Status", outcomeMark(status)],
    ["Request", html`<code>${request.method} ${request.target}</code>`],
    ["Action", html`<code>${asked.action}</code> on route ${request.route} (${request.sensitivity} sensitivity)`],
    ["For", `${chain.subject.sub} (${chain.subject.iss})`],
    [
      "Purpose",
      chain.purposeBy === undefined ? "none named" : `${chain.purpose ?? ""}, stated by ${partyId(chain.purposeBy)}`,
    ],
    ["Through", chain.actors.map(actorText).join(" → ")],
    [
      "Task",
      html`<a href="/console/tasks/${encodeURIComponent(task)}">${chain.txn}</a>, introduced by ${partyId(chain.introducer)}`,
    ],
    ["Asked by", `${asked.policies.join(", ")}${asked.reason === undefined ? "" : `: ${asked.reason}`}`],
    ["Must approve", groups.map((group) => (passkeys.includes(group) ? `${group} (by passkey)` : group)).join(", ")],
    ["Until", momentAt(expires)],
  ];
  return html`${factList(facts)}
<h2>The chain</h2>
<ol class="chain">${chain.hops.map(
    (hop, index) =>
      html`<li><span>${index === 0 ? `${chain.subject.sub} at ${chain.actors[0]?.sub ?? ""}` : hop.sub}</span> <small>from ${hop.iss}</small><br><code>${
        hop.scope
      }</code></li>`,
  )}</ol>
${
  asked.tool === undefined
    ? ""
    : html`<h2>The tool <code>${asked.tool.name}</code></h2><pre>${JSON.stringify(asked.tool.arguments, null, 2)}</pre>${
        Object.keys(asked.tool.undeclared).length === 0
          ? ""
          : html`<h3>Arguments that no policy has looked at</h3><pre>${JSON.stringify(asked.tool.undeclared, null, 2)}</pre>`
      }`
}
${asked.details === undefined ? "" : html`<h2>Details</h2><pre>${JSON.stringify(asked.details, null, 2)}</pre>`}
${votes.length === 0 ? "" : html`<h2>Decisions so far</h2><ul>${votes.map(voteItem)}</ul>`}
${
  status === "pending" && mine.length > 0
    ? html`<form class="act" method="post" action="/console/approvals/${id}" data-passkeys="${JSON.stringify(passkeys)}">
<label>As <select name="group">${mine.map((group) => html`<option>${group}</option>`)}</select></label>
<label>Comment <input name="comment" maxlength="500"></label>
<button name="decision" value="approve">Approve once</button> <button class="danger" name="decision" value="reject">Refuse</button>
<p>An approval is valid for this request only: this chain, method and address, once, until ${momentAt(expires)}.</p><p role="alert"></p></form>
${passkeys.length === 0 ? "" : html`<script src="/console/passkey.js" defer></script>`}`
    : ""
}`;
}

function voteItem({ group, by, granted, comment, time, passkey }: Vote): Html {
  const how = `${granted ? "approved" : "refused"}${passkey === undefined ? "" : " by passkey"}`;
  return html`<li>${moment(time)} ${group}: ${by.sub} ${how}${comment === "" ? "" : `: ${comment}`}</li>`;
}
