/** Bodies that are read whole, because somebody must look into them: never more of one than was allowed. */

/** The bytes of a request's body; undefined where there are more than `most`. */
export async function readRequest(request: Request, most: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const declared = request.headers.get("content-length");
  if (declared !== null && Number(declared) > most) return undefined;
  return readAtMost(request.body, most);
}

/** The bytes of a stream; undefined as soon as there are more than `most`. */
export async function readAtMost(
  body: ReadableStream<Uint8Array> | null,
  most: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > most) return undefined;
    chunks.push(chunk as Uint8Array<ArrayBuffer>);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
