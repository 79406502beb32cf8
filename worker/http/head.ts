/**
 * Whether the head of a request can be read in only one way. workerd parses requests leniently, and a proxy in front
 * may have framed this one differently, so every sign of that is refused (RFC 9112, sections 3.2, 5 and 6.3). Pure.
 */
import { type Origins, originOf } from "./origins.ts";

/** Most characters of one header: upstream servers have such limits, and differ in what they do beyond them. */
const MOST = 8192;

/** A name or an address, and a port. */
const HOST = /^([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i;
/** All control characters but the tab (RFC 9110, section 5.5). */
const CONTROLS = /[\u0000-\u0008\u000a-\u001f\u007f]/;

export type HeadObjection = "request_malformed" | "header_too_large" | "misdirected_request";

/** Chains are measured by `max_bytes`. */
const CREDENTIALS: readonly string[] = ["authorization", "txn-token", "workload-identity-token"];

/** Why a request is refused by its head alone; undefined if it is not. */
export function objectionToHead({ url: text, headers }: Request, origins: Origins): HeadObjection | undefined {
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "" || !isFramedOnce(headers)) return "request_malformed";
  let [hasControl, isTooLarge] = [false, false];
  headers.forEach((value, name) => {
    hasControl ||= CONTROLS.test(value);
    isTooLarge ||= value.length > MOST && !CREDENTIALS.includes(name);
  });
  if (hasControl) return "request_malformed";
  if (isTooLarge) return "header_too_large";
  return originOf(url, origins) === undefined ? "misdirected_request" : undefined;
}

/** Parsers with 64-bit integers and with doubles agree on whole numbers below 2^53. */
const isLength = (value: string): boolean => /^\d+$/.test(value) && Number.isSafeInteger(Number(value));

/** One host, and one way to say where the body ends. */
function isFramedOnce(headers: Headers): boolean {
  const host = headers.get("host");
  if (host !== null && !HOST.test(host)) return false;
  const [length, coding] = [headers.get("content-length"), headers.get("transfer-encoding")];
  if (length !== null && (coding !== null || !isLength(length))) return false;
  return coding === null || coding.toLowerCase() === "chunked";
}
