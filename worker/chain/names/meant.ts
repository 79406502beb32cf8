/**
 * What a change of a registration is meant for: a version of it, a name that has none yet, or whatever is registered. Two who
 * administer the same registration at once do not undo each other.
 */
export type Meant = number | "new" | "any";

export function isMeant(meant: Meant, { version, isRegistered }: { version: number; isRegistered: boolean }): boolean {
  if (meant === "any") return true;
  return meant === "new" ? !isRegistered : meant === version;
}
