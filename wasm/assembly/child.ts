/** Names of children: sub-agents that an actor names below itself, as `spiffe://acme.example/agents/support/run-42`. */
import { length, start } from "./json";
import { isUri } from "./uri";

const SLASH: u8 = 0x2f;

/** Whether a name is another one, a slash, and one or more plain segments. */
export function isChildOf(name: u32, parent: u32): bool {
  const from = start(name), size = length(parent);
  return length(name) > size && load<u8>(from + size) == SLASH && memory.compare(from, start(parent), size) == 0
    && mayHaveChildren(parent) && areSegments(from + size + 1, from + length(name));
}

/**
 * A URI without query and fragment, to which a slash and a segment can be appended. An authority alone has children
 * only under `https`, where it is an application; `spiffe://acme.example` is a whole trust domain.
 */
function mayHaveChildren(name: u32): bool {
  const from = start(name), size: usize = length(name);
  let slashes: u32 = 0, colon: usize = size;
  for (let i: usize = 0; i < size; i++) {
    const c = load<u8>(from + i);
    if (c == 0x3f || c == 0x23) return false;
    if (c == SLASH) slashes++;
    if (c == 0x3a && colon == size) colon = i;
  }
  if (load<u8>(from + size - 1) == SLASH || !isUri(name)) return false;
  const isAuthority = slashes == 2 && load<u16>(from + colon, 1) == 0x2f2f;
  return !isAuthority || (load<u32>(from) == 0x70747468 && load<u16>(from, 4) == 0x3a73); // "https:"
}

/** Segments of letters, digits and `._~-` (RFC 3986, section 2.3), none of them empty, `.` or `..`. */
function areSegments(from: usize, end: usize): bool {
  let size: u32 = 0, dots: u32 = 0;
  for (let at = from; at <= end; at++) {
    const c: u32 = at < end ? load<u8>(at) : SLASH, letter = c | 0x20;
    if (c == SLASH) {
      if (size == 0 || (size < 3 && dots == size)) return false;
      size = dots = 0;
    } else {
      const isPlain = (letter >= 0x61 && letter <= 0x7a) || (c >= 0x30 && c <= 0x39)
        || c == 0x2d || c == 0x2e || c == 0x5f || c == 0x7e;
      if (!isPlain) return false;
      size++;
      if (c == 0x2e) dots++;
    }
  }
  return true;
}
