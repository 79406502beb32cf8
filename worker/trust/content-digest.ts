/** `Content-Digest` (RFC 9530, section 2). Pure. */
import { parseDictionary } from "structured-headers";

/** Accepted algorithms (section 5), by their names in WebCrypto; broken ones are ignored. */
const ALGORITHMS = { "sha-256": "SHA-256", "sha-512": "SHA-512" } as const;

/** @param sha256 SHA-256 of the content: 32 bytes */
export function contentDigest(sha256: Uint8Array): string {
  return `sha-256=:${btoa(String.fromCharCode(...sha256))}:`;
}

/** The same, of the content itself. */
export async function digestOf(content: BufferSource): Promise<string> {
  return contentDigest(new Uint8Array(await crypto.subtle.digest("SHA-256", content)));
}

/** Whether every digest of a field matches the content; false for a malformed field. */
export async function isDigestOf(field: string, content: Uint8Array<ArrayBuffer>): Promise<boolean> {
  let told: ReturnType<typeof parseDictionary>;
  try {
    told = parseDictionary(field);
  } catch {
    return false;
  }
  const judged = Object.entries(ALGORITHMS).map(async ([name, algorithm]) => {
    const entry = told.get(name);
    if (entry === undefined) return true;
    const [value] = entry;
    if (!(value instanceof ArrayBuffer)) return false;
    const digest = new Uint8Array(await crypto.subtle.digest(algorithm, content));
    const claimed = new Uint8Array(value);
    return claimed.length === digest.length && claimed.every((byte, index) => byte === digest[index]);
  });
  return (await Promise.all(judged)).every((one) => one);
}
