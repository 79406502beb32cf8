/** An operation: a method of a route, a tool, or an MCP request. */
import * as v from "valibot";
import { Details } from "./details.ts";
import { scopeToken } from "./fields.ts";

export const Operation = v.strictObject({
  /** Cedar action id. */
  action: v.pipe(v.string(), v.minLength(1)),
  /** Scopes that the chain must have; the narrowed token gets no others. */
  scopes: v.optional(v.array(scopeToken), []),
  /**
   * The authorization details that the chain must have. Absent: a chain with details may not do it. `any`: any details
   * pass, because the upstream checks them.
   */
  details: v.optional(v.union([v.literal("any"), Details])),
  /** Whether to refuse a chain whose task has no plan, or one of an unknown form. Policies decide by its content. */
  plan: v.optional(v.picklist(["required"])),
});
export type Operation = v.InferOutput<typeof Operation>;
