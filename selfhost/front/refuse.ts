/**
 * Refusals by this process, before anything reaches the gateway, in the gateway's format and from its table of rules.
 */
import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { createFailureLog } from "../../worker/log.ts";
import { failureOf, type Rule } from "../../worker/rules.ts";

/** By rule and code, so that a count is of one cause; both are few. */
const logs = new Map<string, ReturnType<typeof createFailureLog>>();

function logRefused(rule: Rule, status: number, code: string | undefined): void {
  const cause = `${rule} ${code}`;
  const log = logs.get(cause) ?? createFailureLog("request_failed");
  logs.set(cause, log);
  log({ rule, status, ...(code !== undefined && { about: { code } }) }, () => undefined);
}

/** By codes of errors of the connection to workerd: it does not run; the queue of its socket is full. */
const RULES: Readonly<Record<string, Rule>> = {
  ECONNREFUSED: "gateway_stopping",
  ENOENT: "gateway_stopping",
  EAGAIN: "gateway_busy",
};

/** @param error of the connection to workerd, before an answer */
export function ruleOf({ code = "" }: NodeJS.ErrnoException): Rule {
  return RULES[code] ?? "answer_missing";
}

/**
 * Answers, and closes the connection.
 *
 * @param cause why workerd has not answered: its code is logged
 */
export function refuse(answer: ServerResponse, rule: Rule, cause?: NodeJS.ErrnoException): void {
  const { status, error, meaning, retryAfter } = failureOf(rule);
  if (status >= 500) logRefused(rule, status, cause?.code);
  const body = JSON.stringify({ error, error_description: `${meaning} (${rule})`, rule });
  const headers: OutgoingHttpHeaders = {
    "content-type": "application/json",
    "cache-control": "no-store",
    "content-length": Buffer.byteLength(body),
    connection: "close",
  };
  if (retryAfter !== undefined) headers["retry-after"] = String(retryAfter);
  answer.writeHead(status, headers);
  answer.end(body);
}
