/**
 * The head that is sent to workerd: the caller's headers, and facts about the caller in headers that only this process
 * can set.
 */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { FRONT_HEADERS } from "../front-headers.ts";

/**
 * Not passed on: headers of one connection (RFC 9110, section 7.6.1), those that this process handles itself (`Expect`,
 * `Trailer`), and its own headers. Headers named in `Connection` still pass, because a caller could otherwise remove
 * what a proxy in front has set.
 */
const NOT_PASSED: ReadonlySet<string> = new Set([
  ...["connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"],
  ...["expect", "trailer"],
  ...Object.values(FRONT_HEADERS),
]);

/** Names in lower case, each with all its values in order. */
export function headersFor(asked: IncomingMessage, secret: string): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (let index = 0; index < asked.rawHeaders.length; index += 2) {
    const [name, value] = [asked.rawHeaders[index] as string, asked.rawHeaders[index + 1] as string];
    const key = name.toLowerCase();
    if (NOT_PASSED.has(key)) continue;
    const values = headers.get(key);
    if (values === undefined) headers.set(key, [value]);
    else values.push(value);
  }
  headers.set(FRONT_HEADERS.secret, [secret]);
  headers.set(FRONT_HEADERS.address, [addressOf(asked.socket)]);
  const certificate = verifiedCertificate(asked);
  if (certificate !== undefined) headers.set(FRONT_HEADERS.certificate, [certificate]);
  return headers;
}

/** A socket for both IPv6 and IPv4 reports IPv4 as `::ffff:192.0.2.1`, which the ranges of policies would not match. */
export function addressOf({ remoteAddress = "" }: Pick<Socket, "remoteAddress">): string {
  const [address = ""] = remoteAddress.split("%");
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}

/** By connection: a certificate is verified once, in the handshake. */
const certificates = new WeakMap<TLSSocket, string | undefined>();

/** SHA-256 of the client's certificate in hexadecimal, if an authority of `--client-ca` has signed it. */
function verifiedCertificate({ socket }: IncomingMessage): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  if (!certificates.has(socket))
    certificates.set(socket, socket.getPeerX509Certificate()?.fingerprint256.replaceAll(":", "").toLowerCase());
  return certificates.get(socket);
}
