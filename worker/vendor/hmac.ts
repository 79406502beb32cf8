/**
 * Request signatures with a shared secret, as many vendors' webhooks and APIs require: HMAC-SHA-256 over a template.
 */
import type { Credential } from "../config.ts";
import { hexOf } from "./hex.ts";

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
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, await fill(message, parts)));
  const text = encoding === "base64" ? btoa(String.fromCharCode(...signature)) : hexOf(signature);
  const time: [string, string][] = stamp === undefined ? [] : [[stamp, String(parts.timestamp)]];
  return [...time, [header, prefix + text]];
}

/** The body goes in as bytes: it need not be text. */
async function fill(template: string, { method, target, body, timestamp }: SignedParts): Promise<ArrayBuffer> {
  const values: Record<string, string | Uint8Array> = { method, target, timestamp: String(timestamp), body };
  const pieces = template.split(/(\{\w+\})/).map((piece) => values[piece.slice(1, -1)] ?? piece);
  return new Blob(pieces as (string | Uint8Array<ArrayBuffer>)[]).arrayBuffer();
}
