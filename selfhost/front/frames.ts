/** Where frames of a WebSocket end (RFC 6455, section 5.2), so that the gateway can close it between two of them. Pure. */

/** A Close frame with 1001, "going away" (section 7.4.1). */
export const GOING_AWAY = Buffer.from([0x88, 0x02, 0x03, 0xe9]);

export interface FrameReader {
  /** Whether all that was read are whole frames. */
  isBetween(): boolean;
  /** @returns how many bytes of the chunk belong to the first frame that ends in it; undefined where none ends */
  read(chunk: Uint8Array): number | undefined;
}

export function createFrameReader(): FrameReader {
  /** Bytes of the frame's header so far. */
  let header: number[] = [];
  /** Bytes that the frame still has after them. */
  let left = 0;

  /** @returns how many bytes the header has, of which the first ones are there; undefined while that is not known */
  function headerLength(): number | undefined {
    const [, second] = header;
    if (second === undefined) return undefined;
    const code = second & 0x7f;
    return 2 + (code === 126 ? 2 : code === 127 ? 8 : 0) + (second & 0x80 ? 4 : 0);
  }

  function payloadLength(): number {
    const code = (header[1] as number) & 0x7f;
    const bytes = header.slice(2, code === 126 ? 4 : code === 127 ? 10 : 2);
    return bytes.length === 0 ? code : bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  }

  /** Takes one byte of the header, or as many of the payload as are there. @returns where it has read to */
  function step(chunk: Uint8Array, at: number): number {
    if (left > 0) {
      const taken = Math.min(left, chunk.length - at);
      left -= taken;
      return at + taken;
    }
    header.push(chunk[at] as number);
    if (header.length === headerLength()) {
      left = payloadLength();
      header = [];
    }
    return at + 1;
  }

  const isBetween = (): boolean => left === 0 && header.length === 0;
  return {
    isBetween,
    read(chunk) {
      let first: number | undefined;
      for (let at = 0; at < chunk.length; ) {
        at = step(chunk, at);
        if (isBetween()) first ??= at;
      }
      return first;
    },
  };
}
