/**
 * The gateway's origins. Proofs, audiences and links name them, so they come from the configuration; a request's `Host`
 * only selects one. Pure.
 */

/** As the configuration has them: `https://api.example.com`, or `https://*.example.com` for every name below. */
export type Origins = readonly [string, ...string[]];

/**
 * The gateway's origin that a request was sent to; undefined if none. The scheme of the request does not count, because
 * a proxy in front may have ended TLS.
 */
export function originOf({ hostname, port }: URL, origins: Origins): string | undefined {
  const host = hostname.endsWith(".") ? hostname.slice(0, -1) : hostname;
  for (const own of readOrigins(origins)) {
    if (!isPort(port, own)) continue;
    if (host === own.hostname) return own.origin;
    if (own.hostname.startsWith("*.") && host.endsWith(own.hostname.slice(1)))
      return `${own.protocol}//${host}${own.port === "" ? "" : `:${own.port}`}`;
  }
  return undefined;
}

type Own = Pick<URL, "protocol" | "hostname" | "port" | "origin">;

const read = new WeakMap<Origins, readonly Own[]>();

/** Each origin of a configuration in its parts, read once. */
function readOrigins(origins: Origins): readonly Own[] {
  const known = read.get(origins);
  if (known !== undefined) return known;
  const parts = origins.map((text): Own => {
    const { protocol, hostname, port, origin } = new URL(text);
    return { protocol, hostname, port, origin };
  });
  read.set(origins, parts);
  return parts;
}

/** The default port may be written or omitted; behind a proxy that ended TLS it is not that of the request's scheme. */
function isPort(port: string, { protocol, port: own }: Own): boolean {
  return port === own || (own === "" && port === (protocol === "https:" ? "443" : "80"));
}

/** The URL of a request at the origin that it was sent to, without query: the target that proofs name. */
export function targetOf(request: Request, origins: Origins): string | undefined {
  const url = new URL(request.url);
  const origin = originOf(url, origins);
  return origin && origin + url.pathname;
}
