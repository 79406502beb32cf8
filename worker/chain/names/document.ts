/** JSON documents from addresses that others control, fetched within bounds. */
import { type AnswerLimits, readAtMost, withinTime } from "../../content.ts";

const LIMITS: AnswerLimits = { bytes: 65_536, milliseconds: 5_000 };

export interface FetchedDocument {
  readonly json: unknown;
  readonly headers: Headers;
}

/**
 * Asks once, follows no redirect, and stops reading at a limit.
 *
 * @returns undefined where the address answers, but with no such document
 * @throws Error where it cannot be reached in time, or says itself that it cannot answer; never quotes the answer
 */
export async function fetchDocument(
  url: string,
  fetcher: (request: Request) => Promise<Response>,
  { bytes, milliseconds }: AnswerLimits = LIMITS,
): Promise<FetchedDocument | undefined> {
  const headers = { accept: "application/json, application/jwk-set+json" };
  return withinTime(milliseconds, async (signal) => {
    const answer = await fetcher(new Request(url, { headers, redirect: "manual", signal }));
    if (answer.status >= 500 || answer.status === 429)
      throw new Error(`the address answers with status ${answer.status}`);
    if (answer.status !== 200 || !isJson(answer.headers)) return undefined;
    const body = await readAtMost(answer.body, bytes);
    const json = body && parse(body);
    return json === undefined ? undefined : { json, headers: answer.headers };
  });
}

function isJson(headers: Headers): boolean {
  return /^application\/([\w.+-]+\+)?json(?:\s*;|$)/i.test(headers.get("content-type") ?? "");
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body));
  } catch {
    return undefined;
  }
}
