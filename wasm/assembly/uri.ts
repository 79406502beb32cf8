/** URIs (RFC 3986), as far as names need them. */
import { length, start } from "./json";

/** A scheme, a colon and something after it, in URI characters (RFC 3986, sections 2 and 3.1). */
export function isUri(node: u32): bool {
  const from = start(node), size = length(node);
  let scheme = true;
  for (let i: usize = 0; i < size; i++) {
    const c = <u32>load<u8>(from + i), letter = c | 0x20;
    const isLetter = letter >= 0x61 && letter <= 0x7a;
    if (!scheme) {
      // Printable ASCII but for " < > \ ^ ` { | }
      if (c <= 0x20 || c >= 0x7f || c == 0x22 || c == 0x3c || c == 0x3e || c == 0x5c || c == 0x5e || c == 0x60) return false;
      if (c >= 0x7b && c <= 0x7d) return false;
    } else if (c == 0x3a) {
      if (i == 0 || i + 1 == size) return false;
      scheme = false;
    } else if (!isLetter) {
      const later = (c >= 0x30 && c <= 0x39) || c == 0x2b || c == 0x2d || c == 0x2e;
      if (i == 0 || !later) return false;
    }
  }
  return !scheme;
}
