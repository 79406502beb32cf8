/** The page where people sign in. */
import { html } from "hono/html";
import type { Html } from "../pages/document.ts";
import { page } from "./page.ts";

export interface SignInView {
  readonly local: boolean;
  readonly oidc: boolean;
  /** From the link that `hopgate console sign-in` prints. */
  readonly token: string;
  /** Path of the page that the person goes to afterwards. */
  readonly to: string;
  readonly problem?: string;
}

export function signInPage({ local, oidc, token, to, problem }: SignInView): Html {
  const ways = html`${problem === undefined ? "" : html`<p role="alert" class="warning">${problem}</p>`}
${oidc ? html`<p><a class="button" href="/console/sign-in/oidc?to=${to}">Sign in with your identity provider</a></p>` : ""}
${
  local
    ? html`<form class="act" method="post" action="/console/sign-in"><input type="hidden" name="to" value="${to}"><label>One-time token <input name="token" value="${token}" required autocomplete="off"></label> <button>Sign in</button>
<p>Ask the holder of the admin token for one: <code>npm run hopgate -- console sign-in --as NAME --group GROUP</code></p></form>`
    : ""
}
${local || oidc ? "" : html`<p>No way to sign in is configured: see [console] in docs/configuration.md.</p>`}`;
  return page({ title: "Sign in" }, ways);
}
