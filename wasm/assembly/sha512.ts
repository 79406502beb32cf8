/** SHA-512 (FIPS 180-4, sections 5.3.5 and 6.4), streaming over one static state. */
import { HASHES } from "./memory";

const STATE = HASHES;              // 8 words
const BLOCK = HASHES + 64;         // 128 bytes that wait to be full

/** First 64 bits of the fractional parts of the cube roots of the first 80 primes (section 4.2.3). */
const K = memory.data<u64>([
  0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
  0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
  0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
  0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
  0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
  0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
  0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
  0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
  0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
  0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
  0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
  0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
  0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
  0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
  0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
  0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
  0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
  0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
  0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
  0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
]);
/** First 64 bits of the fractional parts of the square roots of the first 8 primes (section 5.3.5). */
const START = memory.data<u64>([
  0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
  0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
]);

let total: u64 = 0;

export function sha512Start(): void {
  memory.copy(STATE, START, 64);
  total = 0;
}

export function sha512Update(from: usize, length: usize): void {
  let filled = <usize>(total & 127);
  total += length;
  if (filled > 0) {
    const taken = min<usize>(128 - filled, length);
    memory.copy(BLOCK + filled, from, taken);
    filled += taken;
    from += taken;
    length -= taken;
    if (filled < 128) return;
    compress(BLOCK);
  }
  for (; length >= 128; from += 128, length -= 128) compress(from);
  memory.copy(BLOCK, from, length);
}

/** Writes 64 bytes. The state is spent. */
export function sha512Finish(to: usize): void {
  let filled = <usize>(total & 127);
  store<u8>(BLOCK + filled++, 0x80);
  if (filled > 112) {
    memory.fill(BLOCK + filled, 0, 128 - filled);
    compress(BLOCK);
    filled = 0;
  }
  memory.fill(BLOCK + filled, 0, 120 - filled); // lengths from 2^64 bits on cannot occur
  store<u64>(BLOCK, bswap(total << 3), 120);
  compress(BLOCK);
  for (let i: usize = 0; i < 64; i += 8) store<u64>(to + i, bswap(load<u64>(STATE + i)));
}

/** The schedule lives in sixteen variables; sixteen rounds bring each of them and every word back to its place. */
function compress(block: usize): void {
  let w0 = bswap(load<u64>(block, 0)), w1 = bswap(load<u64>(block, 8));
  let w2 = bswap(load<u64>(block, 16)), w3 = bswap(load<u64>(block, 24));
  let w4 = bswap(load<u64>(block, 32)), w5 = bswap(load<u64>(block, 40));
  let w6 = bswap(load<u64>(block, 48)), w7 = bswap(load<u64>(block, 56));
  let w8 = bswap(load<u64>(block, 64)), w9 = bswap(load<u64>(block, 72));
  let w10 = bswap(load<u64>(block, 80)), w11 = bswap(load<u64>(block, 88));
  let w12 = bswap(load<u64>(block, 96)), w13 = bswap(load<u64>(block, 104));
  let w14 = bswap(load<u64>(block, 112)), w15 = bswap(load<u64>(block, 120));
  let a = load<u64>(STATE, 0), b = load<u64>(STATE, 8), c = load<u64>(STATE, 16), d = load<u64>(STATE, 24);
  let e = load<u64>(STATE, 32), f = load<u64>(STATE, 40), g = load<u64>(STATE, 48), h = load<u64>(STATE, 56);
  let t1: u64 = 0;
  t1 = h + pick(e, f, g) + load<u64>(K, 0) + w0; d += t1; h = t1 + most(a, b, c);
  t1 = g + pick(d, e, f) + load<u64>(K, 8) + w1; c += t1; g = t1 + most(h, a, b);
  t1 = f + pick(c, d, e) + load<u64>(K, 16) + w2; b += t1; f = t1 + most(g, h, a);
  t1 = e + pick(b, c, d) + load<u64>(K, 24) + w3; a += t1; e = t1 + most(f, g, h);
  t1 = d + pick(a, b, c) + load<u64>(K, 32) + w4; h += t1; d = t1 + most(e, f, g);
  t1 = c + pick(h, a, b) + load<u64>(K, 40) + w5; g += t1; c = t1 + most(d, e, f);
  t1 = b + pick(g, h, a) + load<u64>(K, 48) + w6; f += t1; b = t1 + most(c, d, e);
  t1 = a + pick(f, g, h) + load<u64>(K, 56) + w7; e += t1; a = t1 + most(b, c, d);
  t1 = h + pick(e, f, g) + load<u64>(K, 64) + w8; d += t1; h = t1 + most(a, b, c);
  t1 = g + pick(d, e, f) + load<u64>(K, 72) + w9; c += t1; g = t1 + most(h, a, b);
  t1 = f + pick(c, d, e) + load<u64>(K, 80) + w10; b += t1; f = t1 + most(g, h, a);
  t1 = e + pick(b, c, d) + load<u64>(K, 88) + w11; a += t1; e = t1 + most(f, g, h);
  t1 = d + pick(a, b, c) + load<u64>(K, 96) + w12; h += t1; d = t1 + most(e, f, g);
  t1 = c + pick(h, a, b) + load<u64>(K, 104) + w13; g += t1; c = t1 + most(d, e, f);
  t1 = b + pick(g, h, a) + load<u64>(K, 112) + w14; f += t1; b = t1 + most(c, d, e);
  t1 = a + pick(f, g, h) + load<u64>(K, 120) + w15; e += t1; a = t1 + most(b, c, d);
  for (let k = K + 128; k < K + 640; k += 128) {
    w0 += small1(w14) + w9 + small0(w1); t1 = h + pick(e, f, g) + load<u64>(k, 0) + w0; d += t1; h = t1 + most(a, b, c);
    w1 += small1(w15) + w10 + small0(w2); t1 = g + pick(d, e, f) + load<u64>(k, 8) + w1; c += t1; g = t1 + most(h, a, b);
    w2 += small1(w0) + w11 + small0(w3); t1 = f + pick(c, d, e) + load<u64>(k, 16) + w2; b += t1; f = t1 + most(g, h, a);
    w3 += small1(w1) + w12 + small0(w4); t1 = e + pick(b, c, d) + load<u64>(k, 24) + w3; a += t1; e = t1 + most(f, g, h);
    w4 += small1(w2) + w13 + small0(w5); t1 = d + pick(a, b, c) + load<u64>(k, 32) + w4; h += t1; d = t1 + most(e, f, g);
    w5 += small1(w3) + w14 + small0(w6); t1 = c + pick(h, a, b) + load<u64>(k, 40) + w5; g += t1; c = t1 + most(d, e, f);
    w6 += small1(w4) + w15 + small0(w7); t1 = b + pick(g, h, a) + load<u64>(k, 48) + w6; f += t1; b = t1 + most(c, d, e);
    w7 += small1(w5) + w0 + small0(w8); t1 = a + pick(f, g, h) + load<u64>(k, 56) + w7; e += t1; a = t1 + most(b, c, d);
    w8 += small1(w6) + w1 + small0(w9); t1 = h + pick(e, f, g) + load<u64>(k, 64) + w8; d += t1; h = t1 + most(a, b, c);
    w9 += small1(w7) + w2 + small0(w10); t1 = g + pick(d, e, f) + load<u64>(k, 72) + w9; c += t1; g = t1 + most(h, a, b);
    w10 += small1(w8) + w3 + small0(w11); t1 = f + pick(c, d, e) + load<u64>(k, 80) + w10; b += t1; f = t1 + most(g, h, a);
    w11 += small1(w9) + w4 + small0(w12); t1 = e + pick(b, c, d) + load<u64>(k, 88) + w11; a += t1; e = t1 + most(f, g, h);
    w12 += small1(w10) + w5 + small0(w13); t1 = d + pick(a, b, c) + load<u64>(k, 96) + w12; h += t1; d = t1 + most(e, f, g);
    w13 += small1(w11) + w6 + small0(w14); t1 = c + pick(h, a, b) + load<u64>(k, 104) + w13; g += t1; c = t1 + most(d, e, f);
    w14 += small1(w12) + w7 + small0(w15); t1 = b + pick(g, h, a) + load<u64>(k, 112) + w14; f += t1; b = t1 + most(c, d, e);
    w15 += small1(w13) + w8 + small0(w0); t1 = a + pick(f, g, h) + load<u64>(k, 120) + w15; e += t1; a = t1 + most(b, c, d);
  }
  accumulate(0, a); accumulate(8, b); accumulate(16, c); accumulate(24, d);
  accumulate(32, e); accumulate(40, f); accumulate(48, g); accumulate(56, h);
}

/** Sigma1(e) + Ch(e, f, g) (section 4.1.3). */
// @ts-ignore: decorator
@inline
function pick(e: u64, f: u64, g: u64): u64 {
  return (rotr(e, 14) ^ rotr(e, 18) ^ rotr(e, 41)) + (g ^ (e & (f ^ g)));
}

/** sigma0 and sigma1 of the schedule. */
// @ts-ignore: decorator
@inline
function small0(w: u64): u64 {
  return rotr(w, 1) ^ rotr(w, 8) ^ (w >> 7);
}
// @ts-ignore: decorator
@inline
function small1(w: u64): u64 {
  return rotr(w, 19) ^ rotr(w, 61) ^ (w >> 6);
}

/** Sigma0(a) + Maj(a, b, c). */
// @ts-ignore: decorator
@inline
function most(a: u64, b: u64, c: u64): u64 {
  return (rotr(a, 28) ^ rotr(a, 34) ^ rotr(a, 39)) + ((a & b) | (c & (a | b)));
}

// @ts-ignore: decorator
@inline
function accumulate(offset: usize, value: u64): void {
  store<u64>(STATE + offset, load<u64>(STATE + offset) + value);
}
