/** The relations between a hop and its parent: what "contained in" means for each kind of authority. */
import { after, deepEqual, kind, sameText, STRING } from "./json";

function textsContain(texts: u32, wanted: u32): bool {
  if (kind(texts) == STRING) return sameText(texts, wanted);
  for (let node = texts + 1; node < after(texts); node = after(node)) {
    if (sameText(node, wanted)) return true;
  }
  return false;
}

/** Whether every string of `child` (a string or an array of them) is one of `parent`'s. */
export function textsWithin(child: u32, parent: u32): bool {
  if (kind(child) == STRING) return textsContain(parent, child);
  for (let node = child + 1; node < after(child); node = after(node)) {
    if (!textsContain(parent, node)) return false;
  }
  return true;
}

/** Whether every element of `child` is deep-equal to one of `parent`'s; 0 is the empty list. */
export function detailsWithin(child: u32, parent: u32): bool {
  if (child == 0) return true;
  for (let node = child + 1; node < after(child); node = after(node)) {
    let found = false;
    for (let other = parent + 1; parent != 0 && !found && other < after(parent); other = after(other)) {
      found = deepEqual(node, other);
    }
    if (!found) return false;
  }
  return true;
}

/** Bytes of the scope token at `from`, before `end`. */
function token(from: usize, end: usize): usize {
  let at = from;
  while (at < end && load<u8>(at) != 0x20) at++;
  return at - from;
}

/** Whether every token of the child's scope is one of the parent's. Both are well-formed (claims.ts). */
export function scopeWithin(child: usize, childBytes: u32, parent: usize, parentBytes: u32): bool {
  const childEnd = child + childBytes, parentEnd = parent + parentBytes;
  for (let at = child; at < childEnd; ) {
    const size = token(at, childEnd);
    let found = false;
    for (let other = parent; !found && other < parentEnd; ) {
      const otherSize = token(other, parentEnd);
      found = otherSize == size && memory.compare(at, other, size) == 0;
      other += otherSize + 1;
    }
    if (!found) return false;
    at += size + 1;
  }
  return true;
}
