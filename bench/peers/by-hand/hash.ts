import { base64url } from "jose";

const utf8 = new TextEncoder();

/** base64url(SHA-256). */
export async function hashText(text: string): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8.encode(text))));
}
