/** The consent page: which client asks, for what, for how long, and whether its identity is proven. */
import { html } from "hono/html";
import { factList, type Html } from "../../pages/document.ts";
import { isLoopback } from "../redirect-uri.ts";
import type { Question } from "./consent.ts";

export interface ConsentView {
  readonly question: Question;
  /** The authorization request, unchanged. */
  readonly query: string;
  readonly token: string;
  /** Descriptions of scopes. */
  readonly words: Readonly<Record<string, string>>;
}

export function consentPage({ question, query, token, words }: ConsentView): Html {
  const { name, redirect, resource, scopes, lasts, proven } = question;
  const facts: [string, Html | string][] = [
    ["Who asks", html`<strong>${name}</strong>`],
    ["Known by", knownBy(question)],
    ["Your answer goes to", answerGoesTo(redirect)],
    ["Wants to use", html`<code>${resource}</code>`],
    ["For", durationOf(lasts)],
  ];
  return html`<p><strong>${name}</strong> wants to act for you.</p>
${proven ? "" : html`<p role="note" class="warning">The gateway cannot tell that this is really ${name}: ${unprovenWhy(question)} Allow it only if you have just started it yourself.</p>`}
${factList(facts)}
<form class="act" method="post" action="/oauth/authorize">
<input type="hidden" name="query" value="${query}">
<input type="hidden" name="token" value="${token}">
${
  scopes.length === 0
    ? html`<p>It asks for no rights beyond the connection.</p>`
    : html`<fieldset><legend>What it may do</legend>${scopes.map((scope) => scopeBox(scope, words))}</fieldset>`
}
<button name="decision" value="allow">Allow</button> <button class="danger" name="decision" value="deny">Deny</button>
<p>You can take this back at any time: <a href="/me">what acts for you</a>.</p>
</form>`;
}

function scopeBox(scope: string, words: ConsentView["words"]): Html {
  const text = Object.hasOwn(words, scope)
    ? html`${words[scope] as string} <code>${scope}</code>`
    : html`<code>${scope}</code>`;
  return html`<label class="check"><input type="checkbox" name="scope" value="${scope}" checked> <span>${text}</span></label>`;
}

function knownBy({ kind, host, client }: Question): Html | string {
  if (kind === "registered") return html`the operators of this gateway, as <code>${client}</code>`;
  if (kind === "document") return html`<strong>${host ?? ""}</strong>, which describes it at <code>${client}</code>`;
  return "no one: it has chosen this name itself";
}

function unprovenWhy({ kind, redirect }: Question): string {
  if (kind === "dynamic") return "any client can choose this name.";
  if (isLoopback(redirect)) return "any program on your computer can use its name.";
  return "any application on your device can use its name.";
}

function answerGoesTo(redirect: string): Html {
  const host = new URL(redirect).host;
  if (isLoopback(redirect)) return html`a program on this computer (<code>${host}</code>)`;
  return host === "" ? html`an application on this device (<code>${redirect}</code>)` : html`<strong>${host}</strong>`;
}

function durationOf(seconds: number): string {
  const units: [number, string][] = [
    [86_400, "day"],
    [3_600, "hour"],
    [60, "minute"],
    [1, "second"],
  ];
  const [size, unit] = units.find(([each]) => seconds >= each) ?? [1, "second"];
  const count = Math.ceil(seconds / size);
  return `${count} ${unit}${count === 1 ? "" : "s"} at most`;
}
