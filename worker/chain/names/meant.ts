/**
 * What a change of a registration applies to: one version of it, a name without a registration, or whatever is
 * registered. So two administrators who change the same registration at once do not undo each other's change.
 */
export type Meant = number | "new" | "any";

export function isMeant(meant: Meant, { version, isRegistered }: { version: number; isRegistered: boolean }): boolean {
  if (meant === "any") return true;
  return meant === "new" ? !isRegistered : meant === version;
}
