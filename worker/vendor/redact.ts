/** Overwrites texts in a stream of bytes, across its chunks, without holding back more than may be the beginning of one. */

const STAR = "*".charCodeAt(0);

/** Texts shorter than this stand in ordinary answers by chance: they are not looked for. */
const LEAST = 8;

/** Each text becomes as many stars, so that lengths stay what they were. */
export function redactor(texts: readonly string[]): TransformStream<Uint8Array, Uint8Array> {
  const patterns = texts.map((text) => new TextEncoder().encode(text)).filter(({ length }) => length >= LEAST);
  let held: Uint8Array = new Uint8Array();
  return new TransformStream({
    transform(chunk, controller) {
      const bytes = new Uint8Array(held.length + chunk.length);
      bytes.set(held);
      bytes.set(chunk, held.length);
      for (const pattern of patterns) overwrite(bytes, pattern);
      const kept = Math.max(0, ...patterns.map((pattern) => beginningAtEnd(bytes, pattern)));
      held = bytes.slice(bytes.length - kept);
      if (bytes.length > kept) controller.enqueue(bytes.subarray(0, bytes.length - kept));
    },
    flush(controller) {
      if (held.length > 0) controller.enqueue(held);
    },
  });
}

function overwrite(bytes: Uint8Array, pattern: Uint8Array): void {
  const [first] = pattern as unknown as [number];
  for (let at = bytes.indexOf(first); at !== -1; at = bytes.indexOf(first, at + 1)) {
    if (matches(bytes, at, pattern, pattern.length)) bytes.fill(STAR, at, at + pattern.length);
  }
}

/** Bytes at the end that may go on to be the pattern. */
function beginningAtEnd(bytes: Uint8Array, pattern: Uint8Array): number {
  for (let length = Math.min(pattern.length - 1, bytes.length); length > 0; length--) {
    if (matches(bytes, bytes.length - length, pattern, length)) return length;
  }
  return 0;
}

function matches(bytes: Uint8Array, at: number, pattern: Uint8Array, length: number): boolean {
  if (at + length > bytes.length) return false;
  for (let i = 0; i < length; i++) if (bytes[at + i] !== pattern[i]) return false;
  return true;
}
