/** Connections to workerd: each carries one request, so none is shared by two callers, or used while workerd closes it. */
import { Socket, type SocketConnectOpts } from "node:net";

export function connectTo(address: SocketConnectOpts): Socket {
  return new Connection().connect(address);
}

/**
 * Stays readable when it can no longer be written: workerd may answer without reading the body, and close. Node would
 * destroy the connection at the failed write, and lose the answer. A connection that fails without an answer ends, and
 * the request on it fails.
 */
class Connection extends Socket {
  override _write(chunk: unknown, encoding: BufferEncoding, written: () => void): void {
    super._write(chunk, encoding, () => written());
  }

  override _writev(chunks: { chunk: unknown; encoding: BufferEncoding }[], written: () => void): void {
    super._writev?.(chunks, () => written());
  }
}
