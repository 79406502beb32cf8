/** `[routes.tools]`: tools of an MCP server, each an action of the policies. */
import * as v from "valibot";
import { Operation } from "./operation.ts";

/** Types of arguments that policies can speak about, as Cedar calls them; with `?` an argument may be absent. */
const ARGUMENT_TYPES = ["string", "long", "bool", "decimal", "string?", "long?", "bool?", "decimal?"] as const;
export type ArgumentType = (typeof ARGUMENT_TYPES)[number];

export const Tool = v.strictObject({
  ...Operation.entries,
  /** Arguments that the policies see, checked by type; others go to the tool unseen. */
  arguments: v.optional(v.record(v.string(), v.picklist(ARGUMENT_TYPES)), {}),
});
export type Tool = v.InferOutput<typeof Tool>;
