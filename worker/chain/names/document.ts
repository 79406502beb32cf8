/** JSON documents from addresses that others control, fetched within bounds. */
import { isProtected } from "../../config.ts";
import { type AnswerLimits, readAtMost, withinTime } from "../../content.ts";

const LIMITS: AnswerLimits = { bytes: 65_536, milliseconds: 5_000 };

/** The least and the most seconds that a document is kept, whatever its Cache-Control says. */
export const LEAST_SECONDS = 60;
const MOST_SECONDS = 3_600;
const UNSAID_SECONDS = 300;

export interface FetchedDocument {
  readonly json: unknown;
  readonly headers: Headers;
}

/** A name that is a valid Client Identifier URL (section 3 of the draft), in normal form, without a query. */
export function documentUrl(name: string): URL | undefined {
  if (name.length > 1024 || /[?#]/.test(name) || !URL.canParse(name)) return undefined;
  const url = new URL(name);
  const isPlain = url.href === name && url.username === "" && url.password === "" && isProtected(url);
  return isPlain ? url : undefined;
}

/** A `*` in a pattern matches names of hosts, never IP addresses: an address must be listed itself. */
export function isHost({ host, hostname }: URL, pattern: string): boolean {
  if (!pattern.startsWith("*.")) return host === pattern;
  const isAddress = hostname.startsWith("[") || /^[\d.]+$/.test(hostname);
  return !isAddress && host.endsWith(pattern.slice(1));
}

/**
 * Fetches once, without redirects, up to a size.
 *
 * @returns undefined if the address answers with something else
 * @throws Error if it cannot be reached in time, or answers that it is unavailable; never quotes the answer
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

/** Seconds: the rest of `max-age` (RFC 9111, section 4.2), within bounds. */
export function lifeOf({ headers }: FetchedDocument): number {
  const control = headers.get("cache-control") ?? "";
  const [, maxAge = UNSAID_SECONDS] = /(?:^|[\s,])max-age="?(\d{1,9})(?!\d)/i.exec(control) ?? [];
  const isFresh = !/(?:^|[\s,])no-(?:store|cache)/i.test(control);
  const age = Number(headers.get("age") ?? 0) || 0;
  return isFresh ? Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, Number(maxAge) - age)) : LEAST_SECONDS;
}
