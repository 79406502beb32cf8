/**
 * The trust anchors that the host wrote to TRUST: who may sign hop 0, and with which key. One entry an issuer,
 * little-endian, ended by an entry of size 0 (wasm/trust.ts writes it):
 *
 *   u32 size of the entry    u32 accepted `typ`s (bits)
 *   u16 issuer bytes         u16 scope bytes       u16 keys    u16 0
 *   issuer    scope of tokens that carry none
 *   each key: u8 algorithm   u8 kid bytes   kid   32 bytes of public key where the algorithm is EdDSA
 */
import { TRUST } from "./memory";
import { length, start } from "./json";

/** Signature algorithms (RFC 7518, section 3.1; RFC 8037; RFC 9864). */
export const EDDSA: u32 = 1;
export const ES256: u32 = 2;
export const RS256: u32 = 3;
export const PS256: u32 = 4;
export const ES384: u32 = 5;

const ISSUER: usize = 16;

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
 * The key that `kid` names (0: the header has none), preferring one of this algorithm. A key without a kid
 * answers to every kid; a token without one is served only where a single key has its algorithm.
 */
export function findKey(issuer: usize, kid: u32, algorithm: u32): bool {
  let key = issuer + ISSUER + load<u16>(issuer, 8) + load<u16>(issuer, 10);
  let found = false, unique = true;
  const keys: u32 = load<u16>(issuer, 12);
  for (let index: u32 = 0; index < keys; index++) {
    const keyAlgorithm: u32 = load<u8>(key), kidBytes: u32 = load<u8>(key, 1), name = key + 2;
    const named = kid == 0 || kidBytes == 0
      || (kidBytes == length(kid) && memory.compare(name, start(kid), kidBytes) == 0);
    if (named && (!found || keyAlgorithm == algorithm)) {
      unique = !found || foundAlgorithm != algorithm;
      found = true;
      foundIndex = index;
      foundAlgorithm = keyAlgorithm;
      foundKey = name + kidBytes;
    }
    key = name + kidBytes + (keyAlgorithm == EDDSA ? 32 : 0);
  }
  return found && (kid != 0 || unique);
}
