/**
 * What the front (selfhost/front/caller.ts) states about a caller: its address, and the certificate that the socket has
 * verified. On Cloudflare the edge states both. Here any caller could send these headers, so they are accepted only
 * with the secret of this start.
 */
import { FRONT_HEADERS } from "./front-headers.ts";

/** Bindings from the configuration of workerd. */
export interface FrontEnv {
  /** Made at each start; absent if workerd runs alone. */
  readonly FRONT_SECRET?: string;
  /** Header in which a proxy in front sends the caller's address. */
  readonly IP_HEADER?: string;
}

/**
 * The request as the Worker would get it from Cloudflare: `CF-Connecting-IP`, and `cf.tlsClientAuth` of a verified
 * certificate.
 */
export function asFromEdge(request: Request, { FRONT_SECRET, IP_HEADER }: FrontEnv): Request {
  const headers = new Headers(request.headers);
  const isFront = Boolean(FRONT_SECRET) && isSame(headers.get(FRONT_HEADERS.secret) ?? "", FRONT_SECRET ?? "");
  const certificate = isFront ? headers.get(FRONT_HEADERS.certificate) : null;
  const address = IP_HEADER ? headers.get(IP_HEADER) : isFront ? headers.get(FRONT_HEADERS.address) : null;
  for (const name of Object.values(FRONT_HEADERS)) headers.delete(name);
  if (address) headers.set("cf-connecting-ip", address);
  else headers.delete("cf-connecting-ip");
  if (certificate === null) return new Request(request, { headers });
  const tlsClientAuth = { certPresented: "1", certVerified: "SUCCESS", certFingerprintSHA256: certificate };
  return new Request(request, { headers, cf: { tlsClientAuth } as unknown as CfProperties });
}

/** Constant time: it does not reveal how much of a guess is right. */
function isSame(given: string, secret: string): boolean {
  const [a, b] = [given, secret].map((text) => new TextEncoder().encode(text)) as [Uint8Array, Uint8Array];
  return a.length === b.length && crypto.subtle.timingSafeEqual(a, b);
}
