/**
 * Finds the ends of WebSocket frames (RFC 6455, section 5.2), so that the gateway can close between two frames. Pure.
 */

/** The opcode of a Close frame. */
const CLOSE = 0x8;
/** A Close frame with 1001, "going away" (section 7.4.1). */
export const GOING_AWAY = Buffer.from([0x88, 0x02, 0x03, 0xe9]);

export interface FrameReader {
  /** Whether only complete frames were read. */
  isBetween(): boolean;
  /** Whether a Close frame has ended (section 5.5.1). No frame may follow it, and one that does changes nothing. */
  isClosed(): boolean;
  /** @returns the number of bytes up to the end of the first frame that ends in the chunk; undefined if none ends */
  read(chunk: Uint8Array): number | undefined;
}

export function createFrameReader(): FrameReader {
  /** Bytes of the frame's header so far. */
  let header: number[] = [];
  /** Bytes of the frame that are still to come. */
  let left = 0;
  /** Of the last frame whose header was read. */
  let opcode = 0;
  let closed = false;

  /** @returns the length of the header from its first bytes; undefined while unknown */
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

  /** Reads one byte of the header, or the available bytes of the payload. @returns the index after them */
  function step(chunk: Uint8Array, at: number): number {
    if (left > 0) {
      const taken = Math.min(left, chunk.length - at);
      left -= taken;
      return at + taken;
    }
    header.push(chunk[at] as number);
    if (header.length === headerLength()) {
      left = payloadLength();
      opcode = (header[0] as number) & 0x0f;
      header = [];
    }
    return at + 1;
  }

  const isBetween = (): boolean => left === 0 && header.length === 0;
  return {
    isBetween,
    isClosed: () => closed,
    read(chunk) {
      let first: number | undefined;
      for (let at = 0; at < chunk.length; ) {
        at = step(chunk, at);
        if (!isBetween()) continue;
        first ??= at;
        closed ||= opcode === CLOSE;
      }
      return first;
    },
  };
}
