/** Frame of the pages for people, with headers that forbid framing and caching. */
import { html } from "hono/html";
import { documentOf, type Frame, type Html } from "../../pages/document.ts";
import { pageHeaders } from "../../pages/headers.ts";
import type { DoorContext } from "./door.ts";

type Status = 200 | 400 | 401 | 403 | 404 | 503;

/** @param forms where the page's forms may lead other than to the gateway itself, also by redirect */
export async function show(
  c: DoorContext,
  frame: Frame,
  body: Html,
  { status = 200, forms = [] }: { readonly status?: Status; readonly forms?: readonly string[] } = {},
): Promise<Response> {
  await pageHeaders(forms)(c, async () => {
    c.header("cache-control", "no-store");
    c.res = await c.html(documentOf(frame, body), status);
  });
  return c.res;
}

/** What is wrong, for a person to read. */
export function showProblem(c: DoorContext, problem: string, status: Status): Promise<Response> {
  return show(c, { title: "That did not work" }, html`<p role="alert" class="warning">${problem}</p>`, { status });
}

/** The person who has signed in, with the button to sign out. */
export function whoIs(name: string): Html {
  return html`<form method="post" action="/me/sign-out" class="who"><span>${name}</span> <button>Sign out</button></form>`;
}
