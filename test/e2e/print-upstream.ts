/** An upstream that keeps exactly what arrives: octets, and what a strict parser makes of them. */
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { listen } from "./listen.ts";

export interface Arrival {
  readonly method: string;
  readonly target: string;
  /** Names and values in turn, as they came. */
  readonly lines: readonly string[];
  /** Undefined if the request broke off. */
  readonly body: string | undefined;
}

export interface PrintUpstream {
  readonly url: string;
  readonly arrivals: Arrival[];
  /** What no parser made a request of. */
  readonly broken: string[];
  stop(): Promise<void>;
}

export async function startPrintUpstream(): Promise<PrintUpstream> {
  const arrivals: Arrival[] = [];
  const broken: string[] = [];
  const server = createServer({ insecureHTTPParser: false }, (request, response) => {
    const { method = "", url: target = "", rawHeaders: lines } = request;
    const keep = (body: string | undefined): void => void arrivals.push({ method, target, lines, body });
    buffer(request).then(
      (octets) => {
        keep(octets.toString("latin1"));
        response.end("ok");
      },
      () => keep(undefined),
    );
  });
  server.on("clientError", (error: Error & { rawPacket?: Buffer }, socket) => {
    if (error.rawPacket !== undefined) broken.push(error.rawPacket.toString("latin1"));
    socket.destroy();
  });
  const { url, stop } = await listen(server);
  return {
    url,
    arrivals,
    broken,
    stop,
  };
}
