/** SHA-256 (FIPS 180-4, sections 5.3.3 and 6.2), streaming over one static state of its own. */
import { HASHES } from "./memory";

const STATE = HASHES + 0x1000;           // 8 words
const BLOCK = STATE + 32;                // 64 bytes that wait to be full
const STATE_BYTES: usize = 96;
const KEPT = STATE + STATE_BYTES;        // both of a prefix

/** First 32 bits of the fractional parts of the cube roots of the first 64 primes (section 4.2.2). */
export const K = memory.data<u32>([
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
export const START = memory.data<u32>([
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

/** The digests of a run of bytes and of its first `prefix` bytes, which are hashed once. */
export function sha256Both(to: usize, toPrefix: usize, from: usize, length: usize, prefix: usize): void {
  sha256Start();
  sha256Update(from, prefix);
  memory.copy(KEPT, STATE, STATE_BYTES);
  sha256Finish(toPrefix);
  memory.copy(STATE, KEPT, STATE_BYTES);
  sha256Update(from + prefix, length - prefix);
  sha256Finish(to);
}

/** The schedule lives in sixteen variables; sixteen rounds bring each of them and every word back to its place. */
function compress(block: usize): void {
  let w0 = bswap(load<u32>(block, 0)), w1 = bswap(load<u32>(block, 4));
  let w2 = bswap(load<u32>(block, 8)), w3 = bswap(load<u32>(block, 12));
  let w4 = bswap(load<u32>(block, 16)), w5 = bswap(load<u32>(block, 20));
  let w6 = bswap(load<u32>(block, 24)), w7 = bswap(load<u32>(block, 28));
  let w8 = bswap(load<u32>(block, 32)), w9 = bswap(load<u32>(block, 36));
  let w10 = bswap(load<u32>(block, 40)), w11 = bswap(load<u32>(block, 44));
  let w12 = bswap(load<u32>(block, 48)), w13 = bswap(load<u32>(block, 52));
  let w14 = bswap(load<u32>(block, 56)), w15 = bswap(load<u32>(block, 60));
  let a = load<u32>(STATE, 0), b = load<u32>(STATE, 4), c = load<u32>(STATE, 8), d = load<u32>(STATE, 12);
  let e = load<u32>(STATE, 16), f = load<u32>(STATE, 20), g = load<u32>(STATE, 24), h = load<u32>(STATE, 28);
  let t1: u32 = 0;
  t1 = h + pick(e, f, g) + load<u32>(K, 0) + w0; d += t1; h = t1 + most(a, b, c);
  t1 = g + pick(d, e, f) + load<u32>(K, 4) + w1; c += t1; g = t1 + most(h, a, b);
  t1 = f + pick(c, d, e) + load<u32>(K, 8) + w2; b += t1; f = t1 + most(g, h, a);
  t1 = e + pick(b, c, d) + load<u32>(K, 12) + w3; a += t1; e = t1 + most(f, g, h);
  t1 = d + pick(a, b, c) + load<u32>(K, 16) + w4; h += t1; d = t1 + most(e, f, g);
  t1 = c + pick(h, a, b) + load<u32>(K, 20) + w5; g += t1; c = t1 + most(d, e, f);
  t1 = b + pick(g, h, a) + load<u32>(K, 24) + w6; f += t1; b = t1 + most(c, d, e);
  t1 = a + pick(f, g, h) + load<u32>(K, 28) + w7; e += t1; a = t1 + most(b, c, d);
  t1 = h + pick(e, f, g) + load<u32>(K, 32) + w8; d += t1; h = t1 + most(a, b, c);
  t1 = g + pick(d, e, f) + load<u32>(K, 36) + w9; c += t1; g = t1 + most(h, a, b);
  t1 = f + pick(c, d, e) + load<u32>(K, 40) + w10; b += t1; f = t1 + most(g, h, a);
  t1 = e + pick(b, c, d) + load<u32>(K, 44) + w11; a += t1; e = t1 + most(f, g, h);
  t1 = d + pick(a, b, c) + load<u32>(K, 48) + w12; h += t1; d = t1 + most(e, f, g);
  t1 = c + pick(h, a, b) + load<u32>(K, 52) + w13; g += t1; c = t1 + most(d, e, f);
  t1 = b + pick(g, h, a) + load<u32>(K, 56) + w14; f += t1; b = t1 + most(c, d, e);
  t1 = a + pick(f, g, h) + load<u32>(K, 60) + w15; e += t1; a = t1 + most(b, c, d);
  for (let k = K + 64; k < K + 256; k += 64) {
    w0 += small1(w14) + w9 + small0(w1); t1 = h + pick(e, f, g) + load<u32>(k, 0) + w0; d += t1; h = t1 + most(a, b, c);
    w1 += small1(w15) + w10 + small0(w2); t1 = g + pick(d, e, f) + load<u32>(k, 4) + w1; c += t1; g = t1 + most(h, a, b);
    w2 += small1(w0) + w11 + small0(w3); t1 = f + pick(c, d, e) + load<u32>(k, 8) + w2; b += t1; f = t1 + most(g, h, a);
    w3 += small1(w1) + w12 + small0(w4); t1 = e + pick(b, c, d) + load<u32>(k, 12) + w3; a += t1; e = t1 + most(f, g, h);
    w4 += small1(w2) + w13 + small0(w5); t1 = d + pick(a, b, c) + load<u32>(k, 16) + w4; h += t1; d = t1 + most(e, f, g);
    w5 += small1(w3) + w14 + small0(w6); t1 = c + pick(h, a, b) + load<u32>(k, 20) + w5; g += t1; c = t1 + most(d, e, f);
    w6 += small1(w4) + w15 + small0(w7); t1 = b + pick(g, h, a) + load<u32>(k, 24) + w6; f += t1; b = t1 + most(c, d, e);
    w7 += small1(w5) + w0 + small0(w8); t1 = a + pick(f, g, h) + load<u32>(k, 28) + w7; e += t1; a = t1 + most(b, c, d);
    w8 += small1(w6) + w1 + small0(w9); t1 = h + pick(e, f, g) + load<u32>(k, 32) + w8; d += t1; h = t1 + most(a, b, c);
    w9 += small1(w7) + w2 + small0(w10); t1 = g + pick(d, e, f) + load<u32>(k, 36) + w9; c += t1; g = t1 + most(h, a, b);
    w10 += small1(w8) + w3 + small0(w11); t1 = f + pick(c, d, e) + load<u32>(k, 40) + w10; b += t1; f = t1 + most(g, h, a);
    w11 += small1(w9) + w4 + small0(w12); t1 = e + pick(b, c, d) + load<u32>(k, 44) + w11; a += t1; e = t1 + most(f, g, h);
    w12 += small1(w10) + w5 + small0(w13); t1 = d + pick(a, b, c) + load<u32>(k, 48) + w12; h += t1; d = t1 + most(e, f, g);
    w13 += small1(w11) + w6 + small0(w14); t1 = c + pick(h, a, b) + load<u32>(k, 52) + w13; g += t1; c = t1 + most(d, e, f);
    w14 += small1(w12) + w7 + small0(w15); t1 = b + pick(g, h, a) + load<u32>(k, 56) + w14; f += t1; b = t1 + most(c, d, e);
    w15 += small1(w13) + w8 + small0(w0); t1 = a + pick(f, g, h) + load<u32>(k, 60) + w15; e += t1; a = t1 + most(b, c, d);
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

/** sigma0 and sigma1 of the schedule. */
// @ts-ignore: decorator
@inline
function small0(w: u32): u32 {
  return rotr(w, 7) ^ rotr(w, 18) ^ (w >> 3);
}
// @ts-ignore: decorator
@inline
function small1(w: u32): u32 {
  return rotr(w, 17) ^ rotr(w, 19) ^ (w >> 10);
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
