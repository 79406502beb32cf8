/** JSON documents from addresses that others control, fetched within bounds. */
import { readAtMost } from "../../content.ts";

export interface Limits {
  readonly bytes: number;
  /** From the request to the last byte of the answer. */
  readonly milliseconds: number;
}

const LIMITS: Limits = { bytes: 65_536, milliseconds: 5_000 };

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
  { bytes, milliseconds }: Limits = LIMITS,
): Promise<FetchedDocument | undefined> {
  const signal = AbortSignal.timeout(milliseconds);
  const over = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error(`no whole answer within ${milliseconds} ms`)));
  });
  over.catch(() => undefined);
  const headers = { accept: "application/json, application/jwk-set+json" };
  const answer = await Promise.race([fetcher(new Request(url, { headers, redirect: "manual", signal })), over]);
  if (answer.status >= 500 || answer.status === 429)
    throw new Error(`the address answers with status ${answer.status}`);
  if (answer.status !== 200 || !isJson(answer.headers)) return undefined;
  const body = await Promise.race([readAtMost(answer.body, bytes), over]);
  const json = body && parse(body);
  return json === undefined ? undefined : { json, headers: answer.headers };
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
