/** Path and arguments of a recorded request as text, which a search of the ledger compares. Pure. */
import type { AuditRecord } from "./record.ts";
import type { Found } from "./summary.ts";

/** A value that was read from a request, as people write it: `7`, `300.0000`, `true`. */
export interface Argument {
  readonly name: string;
  readonly value: string;
}

/** The requests that a search looks for. */
export interface RequestSearch {
  /** The path, or its first whole segments; absent means every path. */
  readonly path?: string | undefined;
  /** The request must have all of them. */
  readonly arguments: readonly Argument[];
  /** Entries written then or later, in microseconds since the epoch. */
  readonly since: number;
  /** Entries written earlier, in microseconds since the epoch. */
  readonly before: number;
  readonly limit: number;
}

export interface FoundRequest extends Found {
  /** At most 100. */
  readonly arguments: readonly Argument[];
}

/** What was found, newest first, and how far the search has come. */
export interface FoundRequests {
  readonly found: readonly FoundRequest[];
  /** Every entry from this time on was searched, in microseconds since the epoch; undefined if no older one is left. */
  readonly reached: number | undefined;
}

/** Most arguments of one request that are listed. */
const MOST_LISTED = 100;

/** The first arguments of a request, each once. */
export function argumentsOf(record: Pick<AuditRecord, "decision">): Argument[] {
  const listed = new Map<string, Argument>();
  for (const { name, value } of readArguments(record)) {
    const key = JSON.stringify([name, shortest(value)]);
    if (!listed.has(key)) listed.set(key, { name, value });
    if (listed.size === MOST_LISTED) break;
  }
  return [...listed.values()];
}

/**
 * Arguments of the tool, members of the authorization details that were needed, parameters of the query. The policies
 * were asked about these; the ledger has no others. Each element of a list is an argument.
 */
function readArguments({ decision }: Pick<AuditRecord, "decision">): Argument[] {
  const { tool, details, query } = (decision?.question.request.context ?? {}) as {
    tool?: { arguments?: Readonly<Record<string, unknown>> };
    details?: Readonly<Record<string, unknown>>;
    query?: { parameters?: readonly Argument[] };
  };
  const { type: _, ...members } = details ?? {};
  const read = [...Object.entries(tool?.arguments ?? {}), ...Object.entries(members)].flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((each) => ({ name, value: textOf(each) })),
  );
  return [...read, ...(query?.parameters ?? [])];
}

/** Cedar's JSON form of a decimal, an address or a time has its text in `arg`. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  const { __extn: extension } = (value ?? {}) as { __extn?: { arg: string } };
  return extension?.arg ?? JSON.stringify(value);
}

export function isAskedFor(record: AuditRecord, wanted: Pick<RequestSearch, "path" | "arguments">): boolean {
  if (record.request === undefined) return false;
  if (wanted.path !== undefined && !isBelow(record.request.path, wanted.path)) return false;
  if (wanted.arguments.length === 0) return true;
  const given = readArguments(record);
  return wanted.arguments.every(({ name, value }) => {
    const wantedValue = shortest(value);
    return given.some((each) => each.name === name && shortest(each.value) === wantedValue);
  });
}

/** `/invoices/7` has `/invoices/7/payments` below it, and not `/invoices/70`. */
function isBelow(path: string, top: string): boolean {
  return path === top || path.startsWith(top.endsWith("/") ? top : `${top}/`);
}

/** Cedar writes the decimal `300` as `300.0000`. */
function shortest(value: string): string {
  if (!/^-?\d+\.\d+$/.test(value)) return value;
  let end = value.length;
  while (value[end - 1] === "0") end--;
  return value.slice(0, value[end - 1] === "." ? end - 1 : end);
}
