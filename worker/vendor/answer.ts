/**
 * A vendor's answer for the caller: without the gateway's credential, and without parts that the caller may not see.
 */
import type { Filter } from "../config.ts";
import { readAtMost } from "../content.ts";
import { HopError } from "../errors.ts";
import { withoutFields } from "./filter.ts";
import { holdsAny, redactor } from "./redact.ts";

/** Most bytes of a body whose members are filtered. */
const MOST = 4 * 1024 * 1024;

/** Headers of the vendor's session with the gateway, which callers share. */
const SHARED = ["set-cookie", "www-authenticate", "proxy-authenticate", "authentication-info"];

/** Content encodings that workerd decodes, as it spells them. */
const UNDONE = ["identity", "gzip", "br"];

/** Headers that depend on the exact bytes of a body. */
const OF_BYTES = [
  "content-length",
  "content-encoding",
  "etag",
  "digest",
  "content-digest",
  "repr-digest",
  "content-md5",
];

/**
 * @param secrets strings that must not reach the caller
 * @param filters those whose scope the caller does not have
 * @throws HopError `answer_unfiltered` for a partial answer, an unknown encoding, or a body that needs filtering and is
 * not JSON or is too long
 */
export async function cleanAnswer(
  answer: Response,
  secrets: readonly string[],
  filters: readonly Filter[],
): Promise<Response> {
  requireReadable(answer);
  const headers = new Headers(answer.headers);
  for (const name of [...SHARED, ...filters.flatMap((filter) => filter.headers)]) headers.delete(name);
  for (const [name, value] of [...headers]) if (holdsAny(value, secrets)) headers.delete(name);
  // The reason phrase is the vendor's text too, and is not needed (RFC 9112, section 4).
  const { status } = answer;
  const fields = filters.flatMap((filter) => filter.fields);
  if (answer.body === null) return new Response(null, { status, headers });
  const body = answer.body.pipeThrough(redactor(secrets));
  if (fields.length === 0) return new Response(body, { status, headers });
  for (const name of OF_BYTES) headers.delete(name);
  return new Response(await filtered(body, headers, fields), { status, headers });
}

/** The content of a partial answer, or of one that workerd has not decoded, cannot be checked. */
function requireReadable({ status, headers }: Response): void {
  const part = status === 206 || /^multipart\/byteranges/i.test(headers.get("content-type") ?? "");
  const encoding = headers.get("content-encoding");
  if (part || (encoding !== null && !UNDONE.includes(encoding))) throw new HopError("answer_unfiltered");
}

async function filtered(
  body: ReadableStream<Uint8Array>,
  headers: Headers,
  fields: readonly string[],
): Promise<string> {
  const bytes = await readAtMost(body, MOST);
  if (bytes === undefined) throw new HopError("answer_unfiltered");
  if (bytes.length === 0) return "";
  if (!/^application\/([\w.+-]+\+)?json\b/i.test(headers.get("content-type") ?? ""))
    throw new HopError("answer_unfiltered");
  try {
    return withoutFields(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes), fields);
  } catch (cause) {
    throw new HopError("answer_unfiltered", { cause });
  }
}
