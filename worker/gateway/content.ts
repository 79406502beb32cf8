/** Bodies that are read whole, because the gateway must look into them: bounded, before anything else is done with them. */
import { HopError } from "../errors.ts";

/** @throws HopError `content_too_large` */
export async function readContent(request: Request, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const declared = request.headers.get("content-length");
  if (declared !== null && Number(declared) > most) throw new HopError("content_too_large");
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > most) throw new HopError("content_too_large");
    chunks.push(chunk);
  }
  const content = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    content.set(chunk, at);
    at += chunk.length;
  }
  return content;
}
