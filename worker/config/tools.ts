/** `[routes.tools]`: tools of an MCP server, each an action of the policies. */
import * as v from "valibot";
import { Operation } from "./operation.ts";

/** Types of arguments that policies can speak about, as Cedar calls them; with `?` an argument may be absent. */
const ARGUMENT_TYPES = ["string", "long", "bool", "decimal", "string?", "long?", "bool?", "decimal?"] as const;

const long = v.pipe(v.number(), v.safeInteger());

/** Whole numbers that the tool may be given; without bounds of their own those of 32 bits (worker/gateway/tool-call.ts). */
const BoundedLong = v.pipe(
  v.strictObject({ type: v.picklist(["long", "long?"]), min: v.optional(long), max: v.optional(long) }),
  v.check(({ min, max }) => min === undefined || max === undefined || min <= max, "has a min above its max"),
);

const Argument = v.union([v.picklist(ARGUMENT_TYPES), BoundedLong]);
export type Argument = v.InferOutput<typeof Argument>;

export const Tool = v.strictObject({
  ...Operation.entries,
  /** Arguments that the policies see, checked by type; others go to the tool, and to approvers, without the policies. */
  arguments: v.optional(v.record(v.string(), Argument), {}),
});
export type Tool = v.InferOutput<typeof Tool>;
