/** The frame of every page. */
import { html } from "hono/html";
import type { Config } from "../config.ts";
import { type Member, mayOperate, maySee } from "./member.ts";

/** HTML that has been escaped where it had to be. */
export type Html = ReturnType<typeof html>;

export interface Frame {
  readonly title: string;
  readonly member?: Member | undefined;
  readonly roles?: Config["console"];
  /** Path of the entry of the menu that is open. */
  readonly here?: string;
}

const MENU = [
  ["/console/decisions", "Decisions"],
  ["/console/approvals", "Approvals"],
  ["/console/workloads", "Workloads"],
  ["/console/policies", "Policies"],
  ["/console/revocations", "Revocations"],
] as const;

export function page({ title, member, roles, here }: Frame, body: Html | Html[]): Html {
  const sees = member !== undefined && roles !== undefined && maySee(member, roles);
  const entries = sees ? MENU : MENU.filter(([path]) => path === "/console/approvals");
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} - Hopgate</title>
<link rel="icon" href="/console/icon.svg">
<link rel="stylesheet" href="/console/style.css">
<script src="/console/live.js" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header>
<strong>Hopgate</strong>
${
  member === undefined
    ? ""
    : html`<nav aria-label="Console"><ul>${entries.map(
        ([path, name]) =>
          html`<li><a href="${path}"${path === here ? html` aria-current="page"` : ""}>${name}</a></li>`,
      )}</ul></nav>
<form method="post" action="/console/sign-out" class="who"><span>${member.name ?? member.sub}${
        roles !== undefined && mayOperate(member, roles) ? " (operator)" : ""
      }</span> <button>Sign out</button></form>`
}
</header>
<main id="main">
<h1>${title}</h1>
${body}
</main>
</body>
</html>`;
}

/** Rows under named columns. */
export function table(head: readonly string[], rows: readonly Html[], caption: string): Html {
  if (rows.length === 0) return html`<p class="none">Nothing yet.</p>`;
  return html`<div class="scroll"><table><caption>${caption}</caption><thead><tr>${head.map(
    (name) => html`<th scope="col">${name}</th>`,
  )}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** An outcome in its colour, with a sign for those who see none. */
export function outcomeMark(outcome: string): Html {
  const sign = { allowed: "✓", approved: "✓", denied: "✕", rejected: "✕", failed: "!" }[outcome] ?? "•";
  return html`<span class="mark ${outcome}"><span aria-hidden="true">${sign}</span> ${outcome}</span>`;
}

/** A moment, exact to the second. */
export function moment(iso: string): Html {
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace("T", " ")}</time>`;
}

/** The last part of a name such as `spiffe://acme.example/agents/support`, in short. */
export function shortName(name: string): string {
  const parts = name.replace(/^[a-z+.-]+:\/\//i, "").split("/");
  return parts.length > 1 ? parts.slice(-2).join("/") : (parts[0] as string);
}
