/** What may be asked for: by a method of a route, a tool, a request. */
import * as v from "valibot";
import { scopeToken } from "./fields.ts";

export const Operation = v.strictObject({
  /** Cedar action id. */
  action: v.pipe(v.string(), v.minLength(1)),
  /** Scopes that the chain must have; the narrowed token gets no others. */
  scopes: v.optional(v.array(scopeToken), []),
});
export type Operation = v.InferOutput<typeof Operation>;
