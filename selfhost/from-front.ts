/**
 * What `npm run selfhost` says of a caller with a request (selfhost/front/caller.ts): the address, and the certificate that its socket has
 * verified. On Cloudflare the edge says both; here any caller could, so nothing is accepted without the secret of this start.
 */
import { FRONT_HEADERS } from "./front-headers.ts";

/** Bound by the configuration of workerd. */
export interface FrontEnv {
  /** Made at each start; absent where workerd is run alone. */
  readonly FRONT_SECRET?: string;
  /** Header in which a proxy in front says the caller's address. */
  readonly IP_HEADER?: string;
}

/** The request as the Worker would get it of Cloudflare: `CF-Connecting-IP`, and `cf.tlsClientAuth` of a verified certificate. */
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

/** Its time says nothing of how much of a guess is right. */
function isSame(given: string, secret: string): boolean {
  const [a, b] = [given, secret].map((text) => new TextEncoder().encode(text)) as [Uint8Array, Uint8Array];
  return a.length === b.length && crypto.subtle.timingSafeEqual(a, b);
}
