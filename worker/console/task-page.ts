/** One task: its graph, its requests, and the forms that end and reopen it. */
import { html } from "hono/html";
import { partyId } from "../chain/party.ts";
import type { LedgerEntry } from "../ledger/entry.ts";
import { type ToldEntry, tellEntries } from "../ledger/outcomes.ts";
import { type AuditRecord, actorText, askedFor, whatCame } from "../ledger/record.ts";
import { taskTree } from "../ledger/task-tree.ts";
import { type Html, moment, momentAt } from "../pages/document.ts";
import { type Row, table } from "../pages/table.ts";
import { factItems, factsOf, factsOfAct } from "./facts.ts";
import { taskGraph } from "./graph.ts";
import { breakable, outcomeMark } from "./page.ts";
import { pendingNotice } from "./pending.ts";
import { taskList } from "./task-list.ts";

/** Most rows of a long ledger; `hopgate audit show` prints all. */
const SHOWN = 500;

const COLUMNS = ["#", "Time (UTC)", "Outcome", "What", "Decided by", "Token", "Upstream"];

export interface TaskView {
  /** Its identity. */
  readonly task: string;
  readonly entries: readonly LedgerEntry[];
  /** Whether every entry follows from the one before. */
  readonly whole: boolean;
  readonly ended: boolean;
  /** Shards of the ledger that do not have every revocation. */
  readonly pending: readonly string[];
  readonly mayEnd: boolean;
}

export function noTaskPage(name: string): Html {
  return html`<p role="alert">There is no such task: <code>${name}</code>.</p>
<p>A task is found by its identity, not by its <code>txn</code>: <a href="/console/decisions?q=${encodeURIComponent(name)}">search the decisions for it</a>.</p>`;
}

export function taskPage({ task, entries, whole, ended, pending, mayEnd }: TaskView): Html {
  const told = tellEntries(entries);
  const records = told.map(({ record }) => record);
  const requests = records.filter((record) => !("act" in record)) as AuditRecord[];
  const tree = taskTree(requests);
  const chain = requests.find((request) => request.chain !== undefined)?.chain;
  const by = chain && html` <span>introduced by ${partyId(chain.introducer)}</span>`;
  return html`<p><code>${chain?.txn ?? task}</code>${by ?? ""} ${ended ? html`<strong class="mark denied">ended</strong>` : ""}</p>
${pendingNotice(pending)}
<figure class="scroll">${taskGraph(tree)}${taskList(tree)}<figcaption>Who was given which scopes; crossed-out scopes were not passed on. Under each actor: its requests.</figcaption></figure>
${mayEnd ? endForm(task, ended) : ""}
<h2>The ledger</h2>
<p>${entries.length} entries; the chain of hashes is ${whole ? "whole" : html`<strong class="mark denied">BROKEN</strong>`}.</p>
${table(COLUMNS, told.slice(-SHOWN).reverse().map(row), `Entries, newest first${told.length > SHOWN ? `: the last ${SHOWN}` : ""}`)}`;
}

/** Ends the task, or reopens one that has ended. */
function endForm(task: string, ended: boolean): Html {
  const path = `/console/tasks/${encodeURIComponent(task)}/${ended ? "reopen" : "end"}`;
  const [button, effect] = ended
    ? [html`<button>Reopen the task</button>`, "Chains and tokens that have not expired are valid again."]
    : [
        html`<button class="danger">End the task</button>`,
        "Every chain and token under it is refused from then on, until an operator reopens the task here.",
      ];
  return html`<form class="act" method="post" action="${path}"><p>${effect}</p><label>Why <input name="reason" required maxlength="300"></label> ${button}</form>`;
}

function row({ seq, record }: ToldEntry): Row {
  const { id, time } = record;
  const first = [seq, moment(time)];
  if ("act" in record) {
    const what = html`by ${partyId(record.by)}${factItems(factsOfAct(record))}`;
    return { id: `d-${id}`, cells: [...first, outcomeMark(record.act), what, "", "", ""] };
  }
  const { outcome, decision, token, status, socket } = record;
  const given =
    token === undefined
      ? ""
      : html`${breakable(token.aud)}<br><code>${token.scope}</code><br><small>${token.exp - token.iat} s</small>`;
  const upstream = status === undefined && socket === undefined ? "outcome unknown" : whatCame(record);
  const policies = decision?.policies.join(", ") ?? "";
  return { id: `d-${id}`, cells: [...first, outcomeMark(outcome), requestCell(record), policies, given, upstream] };
}

/** The request, the actors, and what else was noted about it. */
function requestCell({ request, chain, message, envelope, decision }: AuditRecord): Html {
  const actors = chain?.actors.map(actorText).join(" → ");
  const notes = [
    actors && html`<small>${actors}</small>`,
    message && html`<small>${message}</small>`,
    envelope &&
      html`<small>message ${envelope.id} of ${envelope.producer}, sealed ${momentAt(envelope.sealed)}</small>`,
    decision?.emergency && html`<strong>break-glass:</strong> ${decision.emergency}`,
    decision?.ends && html`<strong>ended the task:</strong> ${decision.ends}`,
  ].filter((note) => note !== undefined && note !== "");
  const remembers = decision?.remembers && html`<small>remembers</small>${factItems(factsOf(decision.remembers))}`;
  return html`<code>${askedFor(request)}</code>${notes.map((note) => html`<br>${note}`)}${remembers && html`<br>${remembers}`}`;
}
