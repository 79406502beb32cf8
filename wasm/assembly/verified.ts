/**
 * Hops whose signature was verified before, by the SHA-256 of the whole compact JWS and the key that signed it: the
 * result never changes for these two. So a new hop on a known prefix costs one signature, not all.
 *
 * Only `admitHop` makes entries, and the host calls it for chains that verified under a trusted root. An entry is not
 * used past the hop's `exp`. Every other rule - time, ties, narrowing - is checked again.
 */
import { sameBytes } from "./encoding";
import { VERIFIED } from "./memory";

const ENTRIES: u32 = 1024;
const ENTRY_BYTES: usize = 80;

/** A hop has one place, by the first bytes of its hash; a new one replaces the old. */
// @ts-ignore: decorator
@inline
function placeOf(hash: usize): usize {
  return VERIFIED + <usize>(load<u32>(hash) % ENTRIES) * ENTRY_BYTES;
}

/** @param now seconds since the epoch */
export function isVerified(hash: usize, key: usize, now: i64): bool {
  const place = placeOf(hash);
  return sameBytes(place, hash) && sameBytes(place + 32, key) && load<i64>(place, 64) > now;
}

/** @param expires the hop's `exp` */
export function admitHop(hash: usize, key: usize, expires: f64): void {
  const place = placeOf(hash);
  memory.copy(place, hash, 32);
  memory.copy(place + 32, key, 32);
  store<i64>(place, <i64>expires, 64);
}
