/** The request that a proxy asks about, rebuilt so that `parse` reads it like any other. Its body is unknown. */
import type { AskingProxy } from "../config.ts";
import { HopError } from "../errors.ts";
import { objectionToHead } from "../http/head.ts";
import { isMisleading } from "../http/headers.ts";
import type { Origins } from "../http/origins.ts";
import { pathAsSent } from "../http/path.ts";
import { SECRET_HEADER } from "./asking-proxy.ts";

/** The parts of the original request other than its headers, as the caller sent them. */
export interface OriginalTarget {
  readonly method: string;
  /** With port, if the caller named one. */
  readonly host: string;
  /** Path and query, exactly as sent. */
  readonly uri: string;
  /** Address of the proxy's caller. */
  readonly address: string | undefined;
}

/** Headers that belong to the proxy's own request, or to its connection. */
const OF_THE_QUESTION = [SECRET_HEADER, "content-length", "transfer-encoding", "cf-connecting-ip"];

/**
 * @param asking the request of a trusted proxy
 * @throws HopError `original_malformed`, `header_refused`, `path_ambiguous`, `query_ambiguous`, and those of the head of a request
 */
export function originalOf(asking: Request, proxy: AskingProxy, origins: Origins): Request {
  const { original, address } = proxy;
  const headers = new Headers(asking.headers);
  const take = (name: string): string => {
    const value = headers.get(name);
    if (value === null) throw new HopError("original_malformed", { member: name });
    headers.delete(name);
    return value;
  };
  const target = original
    ? { method: take(original.method), host: take(original.host), uri: take(original.uri) }
    : { method: asking.method, host: take("host"), uri: behindAuthorize(asking.url) };
  return requestOf({ ...target, address: address && take(address) }, headers, origins);
}

/** Envoy puts `/authorize` in front of path and query (`path_prefix`). */
function behindAuthorize(url: string): string {
  return /^[a-z]+:\/\/[^/?#]*\/authorize(.*)$/i.exec(url)?.[1] ?? "";
}

/**
 * A request as its caller sent it. The proxy forwards the original, so a target that URL parsing would change is
 * refused.
 *
 * @throws HopError as `originalOf`
 */
export function requestOf({ method, host, uri, address }: OriginalTarget, sent: Headers, origins: Origins): Request {
  const text = `http://${host}${uri}`;
  const url = URL.parse(text);
  if (url === null || !/^[A-Z]{1,16}$/.test(method) || !/^[^\s/?#@\\,]+$/.test(host) || !/^\/[^\s#]*$/.test(uri))
    throw new HopError("original_malformed");
  if (pathAsSent(text) !== url.pathname) throw new HopError("path_ambiguous");
  if (uri !== url.pathname + url.search) throw new HopError("query_ambiguous");

  const headers = new Headers(sent);
  for (const name of OF_THE_QUESTION) headers.delete(name);
  for (const name of headers.keys()) if (isMisleading(name)) throw new HopError("header_refused", { member: name });
  headers.set("host", host);
  if (address !== undefined) headers.set("cf-connecting-ip", addressOf(address));
  const request = build(url, method, headers);
  const objection = objectionToHead(request, origins);
  if (objection !== undefined) throw new HopError(objection);
  return request;
}

const IPV4 = /^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(?!$)|$)){4}$/;

/** One IPv4 or IPv6 address: policies fail on anything else, and on lists. */
function addressOf(text: string): string {
  const isIpv6 = /^[0-9a-f:]{2,39}$/i.test(text) && URL.canParse(`http://[${text}]/`);
  if (IPV4.test(text) || isIpv6) return text;
  throw new HopError("original_malformed", { member: "address" });
}

/** Some methods cannot be requested (Fetch, "forbidden method"). */
function build(url: URL, method: string, headers: Headers): Request {
  try {
    return new Request(url, { method, headers });
  } catch {
    throw new HopError("original_malformed", { member: "method" });
  }
}
