/** One task: its graph, its requests, and the forms that end and reopen it. */
import { html } from "hono/html";
import { partyId } from "../chain/party.ts";
import type { LedgerEntry } from "../ledger/entry.ts";
import { type ToldEntry, tellEntries } from "../ledger/outcomes.ts";
import { type AuditRecord, actorText, askedFor, whatCame } from "../ledger/record.ts";
import { taskTree } from "../ledger/task-tree.ts";
import { type Html, moment, table } from "../pages/document.ts";
import { taskGraph } from "./graph.ts";
import { outcomeMark } from "./page.ts";

/** Most rows of a long ledger; `hopgate audit show` prints all. */
const SHOWN = 500;

export interface TaskView {
  /** Its identity. */
  readonly task: string;
  readonly entries: readonly LedgerEntry[];
  /** Whether every entry follows from the one before. */
  readonly whole: boolean;
  readonly ended: boolean;
  readonly mayEnd: boolean;
}

export function noTaskPage(name: string): Html {
  return html`<p role="alert">There is no such task: <code>${name}</code>.</p>
<p>A task is found by its identity, not by its <code>txn</code>: <a href="/console/decisions?q=${encodeURIComponent(name)}">search the decisions for it</a>.</p>`;
}

export function taskPage({ task, entries, whole, ended, mayEnd }: TaskView): Html {
  const told = tellEntries(entries);
  const records = told.map(({ record }) => record);
  const requests = records.filter((record) => !("act" in record)) as AuditRecord[];
  const chain = requests.find((request) => request.chain !== undefined)?.chain;
  const by = chain && html` <span>introduced by ${partyId(chain.introducer)}</span>`;
  return html`<p><code>${chain?.txn ?? task}</code>${by ?? ""} ${ended ? html`<strong class="mark denied">ended</strong>` : ""}</p>
<figure class="scroll">${taskGraph(taskTree(requests))}<figcaption>Who was given which scopes, from left to right; crossed-out scopes were not passed on. Under each actor: its requests.</figcaption></figure>
${
  mayEnd && !ended
    ? html`<form class="act" method="post" action="/console/tasks/${encodeURIComponent(task)}/end"><label>Why <input name="reason" required maxlength="300"></label> <button class="danger">End the task</button> <span>Every chain and token under it is refused from then on.</span></form>`
    : ""
}${
  mayEnd && ended
    ? html`<form class="act" method="post" action="/console/tasks/${encodeURIComponent(task)}/reopen"><label>Why <input name="reason" required maxlength="300"></label> <button>Reopen the task</button> <span>Chains and tokens that have not expired are valid again.</span></form>`
    : ""
}
<h2>The ledger</h2>
<p>${entries.length} entries; the chain of hashes is ${whole ? "whole" : html`<strong class="mark denied">BROKEN</strong>`}.</p>
${table(["#", "Time (UTC)", "Outcome", "What", "Decided by", "Token", "Upstream"], told.slice(-SHOWN).reverse().map(row), `Entries, newest first${told.length > SHOWN ? `: the last ${SHOWN}` : ""}`)}`;
}

function row({ seq, record }: ToldEntry): Html {
  if ("act" in record) {
    return html`<tr id="d-${record.id}"><td>${seq}</td><td>${moment(record.time)}</td><td>${outcomeMark(record.act)}</td><td colspan="4">by ${partyId(record.by)} <code>${JSON.stringify({ ...record.about, ...record.noticed })}</code></td></tr>`;
  }
  const { id, time, outcome, request, message, envelope, decision, token, chain, status } = record;
  const came = whatCame(record);
  return html`<tr id="d-${id}"><td>${seq}</td><td>${moment(time)}</td><td>${outcomeMark(outcome)}</td>
<td><code>${askedFor(request)}</code><br><small>${chain?.actors.map(actorText).join(" → ") ?? ""}</small>${
    message === undefined ? "" : html`<br><small>${message}</small>`
  }${envelope === undefined ? "" : html`<br><small>message ${envelope.id} of ${envelope.producer}, sealed ${moment(new Date(envelope.sealed * 1000).toISOString())}</small>`}${decision?.emergency === undefined ? "" : html`<br><strong>break-glass:</strong> ${decision.emergency}`}${decision?.ends === undefined ? "" : html`<br><strong>ended the task:</strong> ${decision.ends}`}${decision?.remembers === undefined ? "" : html`<br><small>remembers <code>${JSON.stringify(decision.remembers)}</code></small>`}</td>
<td>${decision?.policies.join(", ") ?? ""}</td>
<td>${token === undefined ? "" : html`${token.aud} [${token.scope}] ${token.exp - token.iat} s`}</td>
<td>${status === undefined && record.socket === undefined ? "outcome unknown" : came}</td></tr>`;
}
