/** `[routes.tools]`: tools of an MCP server, each an action of the policies. */
import * as v from "valibot";
import { missingSource } from "./details.ts";
import { ARGUMENT_TYPES } from "./fields.ts";
import { Operation } from "./operation.ts";

const long = v.pipe(v.number(), v.safeInteger());

/** Whole numbers that the tool may be given; without bounds of their own those of 32 bits (worker/gateway/tool-call.ts). */
const BoundedLong = v.pipe(
  v.strictObject({ type: v.picklist(["long", "long?"]), min: v.optional(long), max: v.optional(long) }),
  v.check(({ min, max }) => min === undefined || max === undefined || min <= max, "has a min above its max"),
);

const Argument = v.union([v.picklist(ARGUMENT_TYPES), BoundedLong]);
export type Argument = v.InferOutput<typeof Argument>;

export const Tool = v.pipe(
  v.strictObject({
    ...Operation.entries,
    /** Arguments that the policies see, checked by type; others go to the tool, and to approvers, without the policies. */
    arguments: v.optional(v.record(v.string(), Argument), {}),
  }),
  v.check(
    ({ details, arguments: declared }) => missingSource(details, "arguments", Object.keys(declared)) === undefined,
    "needs details of an argument that it does not declare",
  ),
);
export type Tool = v.InferOutput<typeof Tool>;
