/** How many connections and requests a process may have open, by its limit of open files, and how long callers may take. Pure. */

export interface FrontLimits {
  /** Connections of callers; more are closed at once. */
  readonly connections: number;
  /** Of them, those of one address; more are closed at once. As many as `connections` is no limit of its own. */
  readonly perAddress: number;
  /** Requests, streams and WebSockets that workerd has at a time; more are answered 503. */
  readonly requests: number;
}

/** Milliseconds that a caller may take. */
export interface FrontTimes {
  /** For the handshake of TLS, and for the head of a request. */
  readonly head: number;
  /** Between requests of a connection. */
  readonly keepAlive: number;
  /** While nothing is taken of an answer that waits for the caller: it holds memory and a file. */
  readonly stalled: number;
}

export const TIMES: FrontTimes = { head: 10_000, keepAlive: 60_000, stalled: 60_000 };

/** Requests for `/healthz` beyond the limit: restarting a busy gateway would make it worse. */
export const PROBES = 16;

/** Files for everything else: probes, modules, logs, SQLite with its journals, connections to issuers and collectors. */
const RESERVED = 128;
const MOST_CONNECTIONS = 10_000;
/** In workerd a request is a connection from here and one to its upstream; it ends itself when it has no file left for another. */
const FILES_OF_REQUEST = 2;

/** Of all connections, those that one address may have: as many as three others need to be served. */
const SHARE = 4;

/** @param openFiles that this process may have, and workerd, which inherits the limit */
export function limitsFor(openFiles: number): FrontLimits {
  const free = Math.max(0, openFiles - RESERVED);
  // Of its own connections this process has one to the caller and one to workerd.
  const requests = Math.max(1, Math.floor(free / (FILES_OF_REQUEST + 1)));
  const connections = Math.max(1, Math.min(MOST_CONNECTIONS, free - requests));
  return { connections, perAddress: shareOf(connections), requests };
}

/** How many of so many connections one address may have. */
export function shareOf(connections: number): number {
  return Math.ceil(connections / SHARE);
}

/** The limit of open files of this process; Node has raised it to the hard one. */
export function openFileLimit(): number {
  const { userLimits } = process.report.getReport() as unknown as {
    readonly userLimits: { readonly open_files: { readonly soft: number | "unlimited" } };
  };
  const { soft } = userLimits.open_files;
  return soft === "unlimited" ? Number.MAX_SAFE_INTEGER : soft;
}
