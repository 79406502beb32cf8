/**
 * Refusals by this process, before anything reaches the gateway, in the gateway's format and from its table of rules.
 */
import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { createFailureLog } from "../../worker/log.ts";
import { failureOf, type Rule } from "../../worker/rules.ts";

const logRefused = createFailureLog("request_failed");

/**
 * Answers, and closes the connection.
 *
 * @param cause why workerd has not answered: its code is logged
 */
export function refuse(answer: ServerResponse, rule: Rule, cause?: NodeJS.ErrnoException): void {
  const { status, error, meaning, retryAfter } = failureOf(rule);
  if (status >= 500) logRefused({ rule, status, ...(cause && { about: { code: cause.code } }) }, () => undefined);
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
