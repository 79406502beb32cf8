/**
 * `details` of an operation: which `authorization_details` (RFC 9396) the chain must have, with values read from the
 * request.
 */
import * as v from "valibot";
import { ARGUMENT_TYPES } from "./fields.ts";

const attribute = v.pipe(v.string(), v.regex(/^[a-zA-Z_]\w{0,63}$/, "must be a name that Cedar takes"));

/** A path parameter, a query parameter, a member of a JSON body, or a declared argument of the tool. */
const source = v.pipe(
  v.string(),
  v.regex(
    /^((path|query|arguments)\.[A-Za-z_][\w-]*|body(\.[A-Za-z_][\w-]*){1,8})$/,
    "must be path.NAME, query.NAME, body.NAME or arguments.NAME",
  ),
);

/** How what is needed compares with what is granted. */
export const COMPARISONS = ["equal", "one_of", "prefix", "at_most", "at_least", "subset"] as const;
export type Comparison = (typeof COMPARISONS)[number];

const Full = v.pipe(
  v.strictObject({
    from: source,
    /** As for arguments of tools; `strings` is a list of strings. */
    type: v.optional(v.picklist([...ARGUMENT_TYPES, "strings", "strings?"]), "string"),
    compare: v.optional(v.picklist(COMPARISONS), "equal"),
    min: v.optional(v.pipe(v.number(), v.safeInteger())),
    max: v.optional(v.pipe(v.number(), v.safeInteger())),
  }),
  v.check(
    ({ type, compare }) => fits(type.replace("?", ""), compare),
    "has a comparison that its type does not support",
  ),
  v.check(
    ({ type, min, max }) => type.startsWith("long") || (min === undefined && max === undefined),
    "has bounds, which only a long has",
  ),
);

const DetailMember = v.union([
  v.pipe(
    source,
    v.transform((from) => v.parse(Full, { from })),
  ),
  Full,
]);
export type DetailMember = v.InferOutput<typeof Full>;

function fits(type: string, compare: Comparison): boolean {
  if (compare === "subset" || type === "strings") return compare === "subset" && type === "strings";
  if (compare === "prefix") return type === "string";
  if (compare === "at_most" || compare === "at_least") return type === "long" || type === "decimal";
  return compare === "equal" || type === "string" || type === "long";
}

export const Details = v.strictObject({
  /** `type` of the details that can cover the operation. */
  type: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  /** Whether a chain without any details is refused. */
  required: v.optional(v.boolean(), false),
  /** What the operation needs, by the names of members in the details. */
  members: v.optional(v.record(attribute, DetailMember), {}),
});
export type Details = v.InferOutput<typeof Details>;

/** Names of path parameters in a route's path. */
export function parametersOf(path: string): string[] {
  return path.split("/").flatMap((part) => (part.startsWith(":") ? [part.slice(1)] : []));
}

/** The first source that does not exist; undefined if all exist. */
export function missingSource(details: Details | "any" | undefined, kind: string, names: readonly string[]) {
  if (details === undefined || details === "any") return undefined;
  const sources = Object.values(details.members).map(({ from }) => from.split("."));
  return sources.find(([root, name]) => root === kind && !names.includes(name as string))?.join(".");
}
