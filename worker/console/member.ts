/** A person at the console, and what they may see and do. Pure. */
import * as v from "valibot";
import type { Config } from "../config.ts";
import { PersonSchema } from "../people/person.ts";

export const MemberSchema = v.object({
  ...PersonSchema.entries,
  groups: v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(256))),
});

/** A person who has signed in. */
export type Member = v.InferOutput<typeof MemberSchema>;

type Roles = Pick<Config["console"], "auditors" | "operators">;

/** Sees decisions, tasks, workloads, policies and revocations. */
export function maySee({ groups }: Member, { auditors, operators }: Roles): boolean {
  return groups.some((group) => auditors.includes(group) || operators.includes(group));
}

/** Revokes, and ends tasks. */
export function mayOperate({ groups }: Member, { operators }: Roles): boolean {
  return groups.some((group) => operators.includes(group));
}

/** Sees and decides the approvals of one of the groups. */
export function mayDecide({ groups }: Member, asked: readonly string[]): boolean {
  return groups.some((group) => asked.includes(group));
}
