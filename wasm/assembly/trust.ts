/**
 * The trust anchors that the host wrote to TRUST: who may sign hop 0, and with which key. One entry for each issuer,
 * little-endian, ended by an entry of size 0 (wasm/trust.ts writes it):
 *
 *   u32 size of the entry    u32 accepted `typ`s (bits)
 *   u16 issuer bytes         u16 scope bytes       u16 keys    u16 trust domain bytes
 *   issuer    scope of tokens that carry none    trust domain whose JWT-SVIDs it signs, which need not name it
 *   each key: u8 algorithm   u8 kid bytes   kid   32 bytes of public key where the algorithm is EdDSA
 */
import { TRUST } from "./memory";
import { length, start } from "./json";

/** Signature algorithms (RFC 7518, section 3.1; RFC 8037; RFC 9864; RFC 9964). */
export const EDDSA: u32 = 1;
export const ES256: u32 = 2;
export const RS256: u32 = 3;
export const PS256: u32 = 4;
export const ES384: u32 = 5;
/** RFC 9964: of roots alone. */
export const ML_DSA_44: u32 = 6;
export const ML_DSA_65: u32 = 7;
export const ML_DSA_87: u32 = 8;

const ISSUER: usize = 16;
/** "spiffe://": its bytes, and the first and the last eight of them as little-endian words. */
const SPIFFE_BYTES: u32 = 9;
const SPIFFE_FIRST: u64 = 0x2f3a656666697073;
const SPIFFE_LAST: u64 = 0x2f2f3a6566666970;

/** Set by `findKey`: the key's place in its issuer's list, its algorithm, and its bytes if it is Ed25519. */
export let foundIndex: u32 = 0;
export let foundAlgorithm: u32 = 0;
export let foundKey: usize = 0;

/** The entry of the issuer that a string node names, or 0; `foundIndex` is its number. */
export function findIssuer(name: u32): usize {
  const size = length(name);
  let entry = TRUST;
  for (let index: u32 = 0; load<u32>(entry) != 0; index++) {
    if (<u32>load<u16>(entry, 8) == size && memory.compare(entry + ISSUER, start(name), size) == 0) {
      foundIndex = index;
      return entry;
    }
    entry += load<u32>(entry);
  }
  return 0;
}

/** The entry of a SPIFFE ID's trust domain (SPIFFE ID, section 2), or 0; `foundIndex` is its number. */
export function findDomain(name: u32): usize {
  const from = start(name), size = length(name);
  let entry = TRUST;
  for (let index: u32 = 0; load<u32>(entry) != 0; index++) {
    const domain: u32 = load<u16>(entry, 14), slash = SPIFFE_BYTES + domain;
    const isIn = domain != 0 && size > slash + 1
      && load<u64>(from) == SPIFFE_FIRST && load<u64>(from, 1) == SPIFFE_LAST
      && memory.compare(from + SPIFFE_BYTES, domainOf(entry), domain) == 0 && load<u8>(from + slash) == 0x2f;
    if (isIn) {
      foundIndex = index;
      return entry;
    }
    entry += load<u32>(entry);
  }
  return 0;
}

function domainOf(issuer: usize): usize {
  return issuer + ISSUER + load<u16>(issuer, 8) + load<u16>(issuer, 10);
}

export function acceptedTypes(issuer: usize): u32 {
  return load<u32>(issuer, 4);
}

/** The scope that this issuer's tokens have when they carry none (ID tokens, JWT-SVIDs): address and bytes. */
export function defaultScope(issuer: usize): usize {
  return issuer + ISSUER + load<u16>(issuer, 8);
}
export function defaultScopeBytes(issuer: usize): u32 {
  return load<u16>(issuer, 10);
}

/**
 * The key for a token: with a `kid` (0: it has none), the first key of that `kid`, or if there is none, the first without
 * one, preferring one of the token's algorithm; without a `kid`, the only key of its algorithm. A key of another
 * algorithm may be found too, so that the verdict can say which of the two is wrong.
 */
export function findKey(issuer: usize, kid: u32, algorithm: u32): bool {
  const keys: u32 = load<u16>(issuer, 12);
  let key = domainOf(issuer) + load<u16>(issuer, 14);
  let best: u32 = 0, ofAlgorithm: u32 = 0;
  for (let index: u32 = 0; index < keys; index++) {
    const keyAlgorithm: u32 = load<u8>(key), kidBytes: u32 = load<u8>(key, 1), name = key + 2;
    const fits: u32 = keyAlgorithm == algorithm ? 1 : 0;
    const rank = rankOf(kid, name, kidBytes) + fits;
    ofAlgorithm += fits;
    if (rank > 1 && rank > best) {
      best = rank;
      foundIndex = index;
      foundAlgorithm = keyAlgorithm;
      foundKey = name + kidBytes;
    }
    key = name + kidBytes + (keyAlgorithm == EDDSA ? 32 : 0);
  }
  return best > 0 && (kid != 0 || ofAlgorithm <= 1);
}

/** How well a key's `kid` matches the token's: 4 the same, 2 if one of the two has none, 0 another. */
function rankOf(kid: u32, name: usize, size: u32): u32 {
  if (kid == 0 || size == 0) return 2;
  return size == length(kid) && memory.compare(name, start(kid), size) == 0 ? 4 : 0;
}
