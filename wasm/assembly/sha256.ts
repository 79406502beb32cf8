/** SHA-256 (FIPS 180-4, sections 5.3.3 and 6.2), streaming over one static state of its own. */
import { HASHES } from "./memory";

const STATE = HASHES + 0x1000;           // 8 words
const BLOCK = STATE + 32;                // 64 bytes that wait to be full
const SCHEDULE = BLOCK + 64;             // 64 words

export const SHA256_BYTES: usize = 32;

/** First 32 bits of the fractional parts of the cube roots of the first 64 primes (section 4.2.2). */
const K = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);
/** First 32 bits of the fractional parts of the square roots of the first 8 primes (section 5.3.3). */
const START = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

let total: u64 = 0;

export function sha256Start(): void {
  memory.copy(STATE, START, 32);
  total = 0;
}

export function sha256Update(from: usize, length: usize): void {
  let filled = <usize>(total & 63);
  total += length;
  if (filled > 0) {
    const taken = min<usize>(64 - filled, length);
    memory.copy(BLOCK + filled, from, taken);
    filled += taken;
    from += taken;
    length -= taken;
    if (filled < 64) return;
    compress(BLOCK);
  }
  for (; length >= 64; from += 64, length -= 64) compress(from);
  memory.copy(BLOCK, from, length);
}

/** Writes 32 bytes. The state is spent. */
export function sha256Finish(to: usize): void {
  let filled = <usize>(total & 63);
  store<u8>(BLOCK + filled++, 0x80);
  if (filled > 56) {
    memory.fill(BLOCK + filled, 0, 64 - filled);
    compress(BLOCK);
    filled = 0;
  }
  memory.fill(BLOCK + filled, 0, 56 - filled);
  store<u64>(BLOCK, bswap(total << 3), 56);
  compress(BLOCK);
  for (let i: usize = 0; i < 32; i += 4) store<u32>(to + i, bswap(load<u32>(STATE + i)));
}

/** The digest of one run of bytes. */
export function sha256(to: usize, from: usize, length: usize): void {
  sha256Start();
  sha256Update(from, length);
  sha256Finish(to);
}

function compress(block: usize): void {
  for (let t: usize = 0; t < 64; t += 4) store<u32>(SCHEDULE + t, bswap(load<u32>(block + t)));
  for (let t = SCHEDULE + 64; t < SCHEDULE + 256; t += 4) {
    const w15 = load<u32>(t - 60), w2 = load<u32>(t - 8);
    store<u32>(t, load<u32>(t - 64) + load<u32>(t - 28)
      + (rotr(w15, 7) ^ rotr(w15, 18) ^ (w15 >> 3))
      + (rotr(w2, 17) ^ rotr(w2, 19) ^ (w2 >> 10)));
  }
  let a = load<u32>(STATE, 0), b = load<u32>(STATE, 4), c = load<u32>(STATE, 8), d = load<u32>(STATE, 12);
  let e = load<u32>(STATE, 16), f = load<u32>(STATE, 20), g = load<u32>(STATE, 24), h = load<u32>(STATE, 28);
  // Eight rounds at a time bring every word back to its own variable, so that none is moved.
  let t1: u32 = 0;
  for (let t: usize = 0; t < 256; t += 32) {
    const k = K + t, w = SCHEDULE + t;
    t1 = h + pick(e, f, g) + load<u32>(k, 0) + load<u32>(w, 0); d += t1; h = t1 + most(a, b, c);
    t1 = g + pick(d, e, f) + load<u32>(k, 4) + load<u32>(w, 4); c += t1; g = t1 + most(h, a, b);
    t1 = f + pick(c, d, e) + load<u32>(k, 8) + load<u32>(w, 8); b += t1; f = t1 + most(g, h, a);
    t1 = e + pick(b, c, d) + load<u32>(k, 12) + load<u32>(w, 12); a += t1; e = t1 + most(f, g, h);
    t1 = d + pick(a, b, c) + load<u32>(k, 16) + load<u32>(w, 16); h += t1; d = t1 + most(e, f, g);
    t1 = c + pick(h, a, b) + load<u32>(k, 20) + load<u32>(w, 20); g += t1; c = t1 + most(d, e, f);
    t1 = b + pick(g, h, a) + load<u32>(k, 24) + load<u32>(w, 24); f += t1; b = t1 + most(c, d, e);
    t1 = a + pick(f, g, h) + load<u32>(k, 28) + load<u32>(w, 28); e += t1; a = t1 + most(b, c, d);
  }
  accumulate(0, a); accumulate(4, b); accumulate(8, c); accumulate(12, d);
  accumulate(16, e); accumulate(20, f); accumulate(24, g); accumulate(28, h);
}

/** Sigma1(e) + Ch(e, f, g) (section 4.1.2). */
// @ts-ignore: decorator
@inline
function pick(e: u32, f: u32, g: u32): u32 {
  return (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + (g ^ (e & (f ^ g)));
}

/** Sigma0(a) + Maj(a, b, c). */
// @ts-ignore: decorator
@inline
function most(a: u32, b: u32, c: u32): u32 {
  return (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) | (c & (a | b)));
}

// @ts-ignore: decorator
@inline
function accumulate(offset: usize, value: u32): void {
  store<u32>(STATE + offset, load<u32>(STATE + offset) + value);
}
