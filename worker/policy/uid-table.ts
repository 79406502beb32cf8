/** The table of entities of a compiled set; references are made at first use. */
import type { Uid } from "./format.ts";
import { EntityRef } from "./value.ts";

/** The entity at a place of the table, or undefined past its end. */
export type UidAt = (place: number) => EntityRef | undefined;

export function createUidTable(uids: readonly Uid[]): UidAt {
  const refs: EntityRef[] = [];
  return (place) => {
    const uid = uids[place];
    if (uid !== undefined) refs[place] ??= new EntityRef(...uid);
    return refs[place];
  };
}
