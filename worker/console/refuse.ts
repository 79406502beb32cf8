/** Refusals of the console: a page for people, JSON for programs that ask for it. */
import { html } from "hono/html";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { HopError } from "../errors.ts";
import { logFailure } from "../log.ts";
import type { Html } from "../pages/document.ts";
import { failureOf } from "../rules.ts";
import type { ConsoleContext } from "./edges.ts";
import { page } from "./page.ts";

export function wantsJson(c: ConsoleContext): boolean {
  return c.req.header("accept")?.includes("application/json") ?? false;
}

/** @param problem in words, for the person or program that asked */
export function refuse(c: ConsoleContext, status: 400 | 403 | 404 | 409, problem: string) {
  if (wantsJson(c)) return c.json({ error: "invalid_request", error_description: problem }, status);
  return refusal(c, status, status === 404 ? "Not found" : "Not done", html`<p role="alert">${problem}</p>`);
}

/**
 * Unexpected failures, such as a store that cannot be reached. Programs get the usual answer (worker/index.ts), and so
 * does a request whose body did not arrive whole: its connection is closed, and the console has not begun to serve it.
 */
export function failed(cause: Error, c: ConsoleContext) {
  const edges: ConsoleContext["var"]["console"] | undefined = c.var.console;
  if (cause instanceof HTTPException || wantsJson(c) || edges === undefined) throw cause;
  const error = cause instanceof HopError ? cause : new HopError("internal", { cause });
  const { rule, message } = error;
  const { status } = failureOf(rule);
  const id = crypto.randomUUID();
  if (status >= 500) logFailure("request_failed", { decision: id, rule, status }, error);
  const body = html`<p role="alert">${message}</p><p>The log has the cause under <code>${id}</code>.</p>`;
  return refusal(c, status as ContentfulStatusCode, "It failed", body);
}

export function refusal(c: ConsoleContext, status: ContentfulStatusCode, title: string, body: Html) {
  const { member, console: edges } = c.var;
  return c.html(page({ title, member, roles: edges.config.console }, body), status);
}
