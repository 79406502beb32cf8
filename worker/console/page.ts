/** The frame of the console's pages. */
import { html } from "hono/html";
import type { Config } from "../config.ts";
import { documentOf, type Html } from "../pages/document.ts";
import { type Member, mayOperate, maySee } from "./member.ts";

export interface Frame {
  readonly title: string;
  readonly member?: Member | undefined;
  readonly roles?: Config["console"];
  /** Path of the current entry of the menu. */
  readonly here?: string;
}

const MENU = [
  ["/console/decisions", "Decisions"],
  ["/console/approvals", "Approvals"],
  ["/console/signs", "Signs"],
  ["/console/workloads", "Workloads"],
  ["/console/reviews", "Reviews"],
  ["/console/policies", "Policies"],
  ["/console/revocations", "Revocations"],
  ["/console/passkeys", "Passkeys"],
] as const;

const FOR_EVERYBODY: readonly string[] = ["/console/approvals", "/console/reviews", "/console/passkeys"];

/** Pages that exist only if the configuration has them. */
function isOpen(path: string, roles: Frame["roles"]): boolean {
  if (path === "/console/passkeys") return roles?.passkeys !== undefined;
  return path !== "/console/reviews" || roles?.review_days !== undefined;
}

export function page({ title, member, roles, here }: Frame, body: Html | Html[]): Html {
  const sees = member !== undefined && roles !== undefined && maySee(member, roles);
  const open = MENU.filter(([path]) => isOpen(path, roles));
  const entries = sees ? open : open.filter(([path]) => FOR_EVERYBODY.includes(path));
  const top =
    member === undefined
      ? ""
      : html`<nav aria-label="Console"><ul>${entries.map(
          ([path, name]) =>
            html`<li><a href="${path}"${path === here ? html` aria-current="page"` : ""}>${name}</a></li>`,
        )}</ul></nav>
<form method="post" action="/console/sign-out" class="who"><span>${member.name ?? member.sub}${
          roles !== undefined && mayOperate(member, roles) ? " (operator)" : ""
        }</span> <button>Sign out</button></form>`;
  return documentOf({ title, top, script: "/console/live.js" }, body);
}

/** An outcome in its colour, with a sign for readers who cannot tell the colours apart. */
export function outcomeMark(outcome: string): Html {
  const sign = { allowed: "✓", approved: "✓", denied: "✕", rejected: "✕", failed: "!" }[outcome] ?? "•";
  return html`<span class="mark ${outcome}"><span aria-hidden="true">${sign}</span> ${outcome}</span>`;
}

/** A name that is broken after its separators, and only if a part of it is too long within a part. */
export function breakable(name: string): Html | "" {
  if (name === "") return "";
  return html`${name.split(/(?<=[/_.:@])(?=[^/_.:@])/).map((part) => html`${part}<wbr>`)}`;
}

/** The name of a rule, which is broken between its words only. */
export function ruleName(rule: string): Html {
  return html`<code class="rule">${breakable(rule)}</code>`;
}

/** The last part of a name such as `spiffe://acme.example/agents/support`, in short. */
export function shortName(name: string): string {
  const parts = name.replace(/^[a-z+.-]+:\/\//i, "").split("/");
  return parts.length > 1 ? parts.slice(-2).join("/") : (parts[0] as string);
}
