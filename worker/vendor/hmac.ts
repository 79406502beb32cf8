/** Signatures of requests by a shared secret, as many vendors' webhooks and APIs want them: HMAC-SHA-256 over a template. */
import type { Credential } from "../config.ts";

type Hmac = Extract<Credential, { kind: "hmac" }>;

export interface SignedParts {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly body: Uint8Array;
  /** Seconds since the epoch. */
  readonly timestamp: number;
}

/** The headers that the vendor checks. */
export async function hmacHeaders(credential: Hmac, secret: string, parts: SignedParts): Promise<[string, string][]> {
  const { header, timestamp_header: stamp, encoding, prefix, message } = credential;
  const utf8 = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", utf8.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ]);
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, fill(message, parts)));
  const text =
    encoding === "base64"
      ? btoa(String.fromCharCode(...signature))
      : Array.from(signature, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const time: [string, string][] = stamp === undefined ? [] : [[stamp, String(parts.timestamp)]];
  return [...time, [header, prefix + text]];
}

/** The body goes in as bytes: it need not be text. */
function fill(template: string, { method, target, body, timestamp }: SignedParts): Uint8Array<ArrayBuffer> {
  const utf8 = new TextEncoder();
  const values: Record<string, Uint8Array> = {
    method: utf8.encode(method),
    target: utf8.encode(target),
    timestamp: utf8.encode(String(timestamp)),
    body,
  };
  const pieces = template.split(/(\{\w+\})/).map((piece) => values[piece.slice(1, -1)] ?? utf8.encode(piece));
  const filled = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    filled.set(piece, at);
    at += piece.length;
  }
  return filled;
}
