/** The limits of connections and requests, from the limit of open files, and the time that callers may take. Pure. */

export interface FrontLimits {
  /** Most connections of callers; others are closed at once. */
  readonly connections: number;
  /** Of them, those of one address; more are closed at once. As many as `connections` is no limit of its own. */
  readonly perAddress: number;
  /** Most requests, streams and WebSockets in workerd at a time; others are answered 503. */
  readonly requests: number;
}

/** Most milliseconds that a caller may take. */
export interface FrontTimes {
  /** For the handshake of TLS, and for the head of a request. */
  readonly head: number;
  /** Between requests of a connection. */
  readonly keepAlive: number;
  /** Without reading any of an answer that waits, which occupies memory and a file. */
  readonly stalled: number;
  /** For ending its side of the connection after its last answer. */
  readonly linger: number;
  /** Of these, without sending anything. */
  readonly silent: number;
}

/** Both times after the last answer are shorter than `keepAlive`, so that nobody keeps a place longer by them. */
export const TIMES: FrontTimes = { head: 10_000, keepAlive: 60_000, stalled: 60_000, linger: 30_000, silent: 5000 };

/** Most bytes that are read and discarded of one connection after its last answer. */
export const MOST_DISCARDED = 67_108_864;

/** Requests for `/healthz` beyond the limit, because restarting a busy gateway would make things worse. */
export const PROBES = 16;

/**
 * Files for everything else: probes, modules, logs, connections to issuers and collectors, Durable Objects of which
 * there is one. workerd has 103 to 141 files open when it is idle with one shard.
 */
const RESERVED = 256;
/** A database of SQLite, its log and its index; workerd closes them when the object was idle for ten seconds. */
const FILES_OF_OBJECT = 3;
const MOST_CONNECTIONS = 10_000;
/**
 * In workerd a request takes a connection from here and one to its upstream, each with two files. workerd ends when it
 * has no file left.
 */
const FILES_OF_REQUEST = 4;

/** Of all connections, those that one address may have: as many as three others need to be served. */
const SHARE = 4;

/**
 * @param openFiles limit of this process and of workerd, which inherits it
 * @param objects how many Durable Objects the configuration can have open
 * @throws Error in one plain line, if workerd would have no files left for requests
 */
export function limitsFor(openFiles: number, objects: number): FrontLimits {
  const reserved = RESERVED + FILES_OF_OBJECT * objects;
  // One more than they take, so that some are left for connections that workerd has not closed yet.
  const requests = Math.floor((openFiles - reserved) / (FILES_OF_REQUEST + 1));
  if (requests < 1)
    throw new Error(
      `the limit of open files is ${openFiles}, and this configuration needs more than ${reserved}: raise it (LimitNOFILE, ulimit -n)`,
    );
  // This process has no files of Durable Objects.
  const connections = Math.min(MOST_CONNECTIONS, openFiles - RESERVED - requests);
  return { connections, perAddress: shareOf(connections), requests };
}

/** How many of so many connections one address may have. */
export function shareOf(connections: number): number {
  return Math.ceil(connections / SHARE);
}

/** The limit of open files of this process, which Node has raised to the hard limit. */
export function openFileLimit(): number {
  const { userLimits } = process.report.getReport() as unknown as {
    readonly userLimits: { readonly open_files: { readonly soft: number | "unlimited" } };
  };
  const { soft } = userLimits.open_files;
  return soft === "unlimited" ? Number.MAX_SAFE_INTEGER : soft;
}
