/** The client certificate of a request, as the edge reports it (`cf.tlsClientAuth` of Workers). */
import { toBase64url } from "../../wasm/base64url.ts";

/**
 * `x5t#S256` (RFC 8705, section 3.1) of the certificate that the client has presented and the edge has accepted;
 * undefined without one, or if the edge's report cannot be read.
 */
export function certificateThumbprint(request: Request): string | undefined {
  const { tlsClientAuth: tls } = (request.cf ?? {}) as Partial<IncomingRequestCfProperties>;
  if (tls?.certPresented !== "1" || tls.certVerified !== "SUCCESS") return undefined;
  if (!/^([0-9a-f]{2}){32}$/i.test(tls.certFingerprintSHA256)) return undefined;
  const octets = tls.certFingerprintSHA256.match(/../g) ?? [];
  return toBase64url(Uint8Array.from(octets, (octet) => Number.parseInt(octet, 16)));
}
