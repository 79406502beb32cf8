/** The query of `GET /admin/decisions`, and its answer. Pure. */
import * as v from "valibot";
import type { Argument, FoundRequest, FoundRequests, RequestSearch } from "../ledger/asked.ts";

const MOST_FOUND = 100;
const MOST_ARGUMENTS = 8;

const Text = v.pipe(v.string(), v.nonEmpty("is empty"), v.maxLength(1024, "has more than 1,024 characters"));
const Time = v.pipe(
  v.string(),
  v.isoTimestamp("must be an ISO 8601 time such as `2026-11-26T00:00:00Z`"),
  v.transform((time) => Date.parse(time) * 1000),
);
const Moment = v.pipe(
  v.string(),
  v.regex(/^\d{1,16}$/, "must be the `next` of an earlier answer"),
  v.transform(Number),
);
const Limit = v.pipe(
  v.string(),
  v.regex(/^\d{1,3}$/, `must be a number from 1 to ${MOST_FOUND}`),
  v.transform(Number),
  v.minValue(1, `must be a number from 1 to ${MOST_FOUND}`),
  v.maxValue(MOST_FOUND, `must be a number from 1 to ${MOST_FOUND}`),
);

const Query = v.strictObject({
  path: v.optional(v.pipe(Text, v.startsWith("/", "must begin with `/`"))),
  argument: v.optional(
    v.pipe(
      v.array(v.pipe(Text, v.regex(/^[^=]+=/, "must be NAME=VALUE"), v.transform(readArgument))),
      v.maxLength(MOST_ARGUMENTS, `is given more than ${MOST_ARGUMENTS} times`),
    ),
    [],
  ),
  since: v.optional(Time),
  until: v.optional(Time),
  /** Instead of `until`. */
  before: v.optional(Moment),
  limit: v.optional(Limit, "20"),
});

function readArgument(text: string): Argument {
  const at = text.indexOf("=");
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}

/** @returns the parameter and what is wrong with it, if the query cannot be read */
export function readRequestSearch(query: URLSearchParams, now: number): RequestSearch | { readonly problem: string } {
  const names = [...new Set(query.keys())];
  const twice = names.find((name) => name !== "argument" && query.getAll(name).length > 1);
  if (twice !== undefined) return { problem: `\`${twice}\` is given twice` };
  const given = names.map((name) => [name, name === "argument" ? query.getAll(name) : query.get(name)]);
  const read = v.safeParse(Query, Object.fromEntries(given));
  if (!read.success) {
    const [{ path = [], message, type }] = read.issues;
    const name = String(path[0]?.key);
    return { problem: type === "strict_object" ? `unknown parameter \`${name}\`` : `\`${name}\` ${message}` };
  }
  const { path, argument, since = 0, until = now * 1000, before = until, limit } = read.output;
  if (path === undefined && argument.length === 0) return { problem: "needs `path` or `argument`" };
  return { path, arguments: argument, since, before, limit };
}

/** The answer of `GET /admin/decisions`. */
export interface FoundRequestsJson {
  /** Newest first. */
  readonly decisions: readonly Omit<FoundRequest, "written">[];
  /** ISO 8601. Every entry since this time was searched; without `from` there is no older one. */
  readonly covered: { readonly from?: string; readonly to: string };
  /** `before` of the query that continues the search; absent if nothing is left to search. */
  readonly next?: number;
}

/** @param found the answer to `wanted` */
export function requestsJson({ since, before }: RequestSearch, { found, reached }: FoundRequests): FoundRequestsJson {
  // Rounded up, so that a search until then leaves nothing out.
  const from = Math.ceil((reached ?? since) / 1000) * 1000;
  return {
    decisions: found.map(({ written: _, ...line }) => line),
    covered: { ...(from > 0 && { from: isoOf(from) }), to: isoOf(before) },
    ...(reached !== undefined && { next: reached }),
  };
}

/** @param written microseconds since the epoch */
function isoOf(written: number): string {
  return new Date(written / 1000).toISOString();
}
