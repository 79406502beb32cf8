/** What may be asked for: by a method of a route, a tool, a request. */
import * as v from "valibot";
import { Details } from "./details.ts";
import { scopeToken } from "./fields.ts";

export const Operation = v.strictObject({
  /** Cedar action id. */
  action: v.pipe(v.string(), v.minLength(1)),
  /** Scopes that the chain must have; the narrowed token gets no others. */
  scopes: v.optional(v.array(scopeToken), []),
  /**
   * What it needs of a chain's authorization details. Absent, a chain with details may not do it; `any`: whatever these say, for
   * the upstream judges them.
   */
  details: v.optional(v.union([v.literal("any"), Details])),
  /** Whether a chain is refused whose task carries no plan, or one of an unknown form. What is in it is for policies to ask. */
  plan: v.optional(v.picklist(["required"])),
});
export type Operation = v.InferOutput<typeof Operation>;
