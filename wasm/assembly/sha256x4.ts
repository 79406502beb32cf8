/**
 * SHA-256 (FIPS 180-4, section 6.2) of up to four messages at once, one in each lane: the hops of a chain are hashed side
 * by side in little more than half the time that they take one after the other. Each message is hashed together with a
 * prefix of it: what both have in common is hashed once.
 */
import { HASHES } from "./memory";
import { K, START } from "./sha256";

const STATE = HASHES + 0x1100;           // 8 vectors
const FORKED = STATE + 128;              // the same after the last whole block of each lane's prefix
const TAILS = FORKED + 128;              // of each lane: its last, padded block or two
const LANES: u32 = 4;
const TAIL_BYTES: usize = 128;
const PREFIX_TAILS = TAILS + <usize>LANES * TAIL_BYTES;

/** A lane: where its message starts, how many whole blocks it has there, and how many it has with its padding. */
const LANE = PREFIX_TAILS + <usize>LANES * TAIL_BYTES;
const LANE_BYTES: usize = 16;
/** Of each lane, a word: the whole blocks of its prefix, and how many blocks padding makes of the rest. */
const PREFIX_BLOCKS = LANE + <usize>LANES * LANE_BYTES;
const PREFIX_PADDED = PREFIX_BLOCKS + 16;

/** Gives the next free lane this message, and of it a prefix that is shorter. */
export function setLane(lane: u32, from: usize, length: usize, prefix: usize): void {
  const place = LANE + <usize>lane * LANE_BYTES, whole = <u32>(length >> 6);
  store<u32>(place, <u32>from);
  store<u32>(place, whole, 4);
  store<u32>(place, whole + pad(TAILS + <usize>lane * TAIL_BYTES, from, length), 8);
  store<u32>(PREFIX_BLOCKS + (<usize>lane << 2), <u32>(prefix >> 6));
  store<u32>(PREFIX_PADDED + (<usize>lane << 2), pad(PREFIX_TAILS + <usize>lane * TAIL_BYTES, from, prefix));
}

/** Writes what follows the whole blocks of a message, padded (section 5.1.1); the number of blocks that this makes. */
function pad(tail: usize, from: usize, length: usize): u32 {
  const rest = length & 63, padded: u32 = rest < 56 ? 1 : 2;
  memory.fill(tail, 0, TAIL_BYTES);
  memory.copy(tail, from + length - rest, rest);
  store<u8>(tail + rest, 0x80);
  store<u64>(tail + (<usize>padded << 6) - 8, bswap(<u64>length << 3));
  return padded;
}

/** Hashes the messages of the first `lanes` lanes, at most 4; `digestOf` reads them. */
export function hashLanes(lanes: u32): void {
  for (let i: usize = 0; i < 8; i++) v128.store(STATE + (i << 4), v128.load32_splat(START + (i << 2)));
  const blocks = fillLanes(lanes), forks = v128.load(PREFIX_BLOCKS);
  for (let block: u32 = 0; block < blocks; block++) {
    keepLanes(i32x4.eq(forks, i32x4.splat(block)));
    compress(block);
  }
}

/** Goes on from `hashLanes`: now `digestOf` reads the digests of the prefixes. The messages are spent. */
export function hashPrefixes(lanes: u32): void {
  memory.copy(STATE, FORKED, 128);
  memory.copy(TAILS, PREFIX_TAILS, <usize>LANES * TAIL_BYTES);
  for (let lane: usize = 0; lane < <usize>lanes; lane++) {
    store<u32>(LANE + lane * LANE_BYTES, 0, 4);
    store<u32>(LANE + lane * LANE_BYTES, load<u32>(PREFIX_PADDED + (lane << 2)), 8);
  }
  const blocks = fillLanes(lanes);
  for (let block: u32 = 0; block < blocks; block++) compress(block);
}

/** The most blocks that a lane has. One that is not used looks at the first one's. */
function fillLanes(lanes: u32): u32 {
  let blocks: u32 = 0;
  for (let lane: u32 = 0; lane < LANES; lane++) {
    if (lane >= lanes) memory.copy(LANE + <usize>lane * LANE_BYTES, LANE, LANE_BYTES);
    blocks = max(blocks, load<u32>(LANE + <usize>lane * LANE_BYTES, 8));
  }
  return blocks;
}

/** Keeps the state of the lanes whose bits are set. */
function keepLanes(lanes: v128): void {
  if (!v128.any_true(lanes)) return;
  for (let i: usize = 0; i < 128; i += 16) {
    v128.store(FORKED + i, v128.bitselect(v128.load(STATE + i), v128.load(FORKED + i), lanes));
  }
}

/** Writes the digest of a lane: 32 bytes. */
export function digestOf(lane: u32, to: usize): void {
  for (let i: usize = 0; i < 8; i++) {
    store<u32>(to + (i << 2), bswap(load<u32>(STATE + (i << 4) + (<usize>lane << 2))));
  }
}

/** Where a lane finds this block; one that has ended reads its last again, and `isOpen` discards the result. */
// @ts-ignore: decorator
@inline
function blockOf(lane: usize, block: u32): usize {
  const place = LANE + lane * LANE_BYTES;
  const whole = load<u32>(place, 4), last = load<u32>(place, 8) - 1;
  if (block < whole) return <usize>load<u32>(place) + (<usize>block << 6);
  return TAILS + lane * TAIL_BYTES + (<usize>(min(block, last) - whole) << 6);
}

/** All bits of the lanes that have this block. */
// @ts-ignore: decorator
@inline
function isOpen(block: u32): v128 {
  let counts = v128.load32_zero(LANE + 8);
  counts = v128.load32_lane(LANE + LANE_BYTES + 8, counts, 1);
  counts = v128.load32_lane(LANE + 2 * LANE_BYTES + 8, counts, 2);
  counts = v128.load32_lane(LANE + 3 * LANE_BYTES + 8, counts, 3);
  return i32x4.gt_u(counts, i32x4.splat(block));
}

// @ts-ignore: decorator
@inline
function bytesReversed(x: v128): v128 {
  return i8x16.shuffle(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

function compress(block: u32): void {
  const p = blockOf(0, block), q = blockOf(1, block), r = blockOf(2, block), s = blockOf(3, block);
  let w0 = v128.load(p, 0), w1 = v128.load(q, 0), w2 = v128.load(r, 0), w3 = v128.load(s, 0);
  let w4 = v128.load(p, 16), w5 = v128.load(q, 16), w6 = v128.load(r, 16), w7 = v128.load(s, 16);
  let w8 = v128.load(p, 32), w9 = v128.load(q, 32), w10 = v128.load(r, 32), w11 = v128.load(s, 32);
  let w12 = v128.load(p, 48), w13 = v128.load(q, 48), w14 = v128.load(r, 48), w15 = v128.load(s, 48);
  // Four words of each lane become four vectors of one word of all lanes.
  let t: v128, u: v128, v: v128, x: v128;
  t = i32x4.shuffle(w0, w1, 0, 4, 1, 5); u = i32x4.shuffle(w0, w1, 2, 6, 3, 7);
  v = i32x4.shuffle(w2, w3, 0, 4, 1, 5); x = i32x4.shuffle(w2, w3, 2, 6, 3, 7);
  w0 = bytesReversed(i64x2.shuffle(t, v, 0, 2)); w1 = bytesReversed(i64x2.shuffle(t, v, 1, 3));
  w2 = bytesReversed(i64x2.shuffle(u, x, 0, 2)); w3 = bytesReversed(i64x2.shuffle(u, x, 1, 3));
  t = i32x4.shuffle(w4, w5, 0, 4, 1, 5); u = i32x4.shuffle(w4, w5, 2, 6, 3, 7);
  v = i32x4.shuffle(w6, w7, 0, 4, 1, 5); x = i32x4.shuffle(w6, w7, 2, 6, 3, 7);
  w4 = bytesReversed(i64x2.shuffle(t, v, 0, 2)); w5 = bytesReversed(i64x2.shuffle(t, v, 1, 3));
  w6 = bytesReversed(i64x2.shuffle(u, x, 0, 2)); w7 = bytesReversed(i64x2.shuffle(u, x, 1, 3));
  t = i32x4.shuffle(w8, w9, 0, 4, 1, 5); u = i32x4.shuffle(w8, w9, 2, 6, 3, 7);
  v = i32x4.shuffle(w10, w11, 0, 4, 1, 5); x = i32x4.shuffle(w10, w11, 2, 6, 3, 7);
  w8 = bytesReversed(i64x2.shuffle(t, v, 0, 2)); w9 = bytesReversed(i64x2.shuffle(t, v, 1, 3));
  w10 = bytesReversed(i64x2.shuffle(u, x, 0, 2)); w11 = bytesReversed(i64x2.shuffle(u, x, 1, 3));
  t = i32x4.shuffle(w12, w13, 0, 4, 1, 5); u = i32x4.shuffle(w12, w13, 2, 6, 3, 7);
  v = i32x4.shuffle(w14, w15, 0, 4, 1, 5); x = i32x4.shuffle(w14, w15, 2, 6, 3, 7);
  w12 = bytesReversed(i64x2.shuffle(t, v, 0, 2)); w13 = bytesReversed(i64x2.shuffle(t, v, 1, 3));
  w14 = bytesReversed(i64x2.shuffle(u, x, 0, 2)); w15 = bytesReversed(i64x2.shuffle(u, x, 1, 3));
  let a = v128.load(STATE, 0), b = v128.load(STATE, 16), c = v128.load(STATE, 32), d = v128.load(STATE, 48);
  let e = v128.load(STATE, 64), f = v128.load(STATE, 80), g = v128.load(STATE, 96), h = v128.load(STATE, 112);
  t = add(add(h, pick(e, f, g)), add(word(K, 0), w0)); d = add(d, t); h = add(t, most(a, b, c));
  t = add(add(g, pick(d, e, f)), add(word(K, 4), w1)); c = add(c, t); g = add(t, most(h, a, b));
  t = add(add(f, pick(c, d, e)), add(word(K, 8), w2)); b = add(b, t); f = add(t, most(g, h, a));
  t = add(add(e, pick(b, c, d)), add(word(K, 12), w3)); a = add(a, t); e = add(t, most(f, g, h));
  t = add(add(d, pick(a, b, c)), add(word(K, 16), w4)); h = add(h, t); d = add(t, most(e, f, g));
  t = add(add(c, pick(h, a, b)), add(word(K, 20), w5)); g = add(g, t); c = add(t, most(d, e, f));
  t = add(add(b, pick(g, h, a)), add(word(K, 24), w6)); f = add(f, t); b = add(t, most(c, d, e));
  t = add(add(a, pick(f, g, h)), add(word(K, 28), w7)); e = add(e, t); a = add(t, most(b, c, d));
  t = add(add(h, pick(e, f, g)), add(word(K, 32), w8)); d = add(d, t); h = add(t, most(a, b, c));
  t = add(add(g, pick(d, e, f)), add(word(K, 36), w9)); c = add(c, t); g = add(t, most(h, a, b));
  t = add(add(f, pick(c, d, e)), add(word(K, 40), w10)); b = add(b, t); f = add(t, most(g, h, a));
  t = add(add(e, pick(b, c, d)), add(word(K, 44), w11)); a = add(a, t); e = add(t, most(f, g, h));
  t = add(add(d, pick(a, b, c)), add(word(K, 48), w12)); h = add(h, t); d = add(t, most(e, f, g));
  t = add(add(c, pick(h, a, b)), add(word(K, 52), w13)); g = add(g, t); c = add(t, most(d, e, f));
  t = add(add(b, pick(g, h, a)), add(word(K, 56), w14)); f = add(f, t); b = add(t, most(c, d, e));
  t = add(add(a, pick(f, g, h)), add(word(K, 60), w15)); e = add(e, t); a = add(t, most(b, c, d));
  for (let k = K + 64; k < K + 256; k += 64) {
    w0 = next(w0, w1, w9, w14); t = add(add(h, pick(e, f, g)), add(word(k, 0), w0)); d = add(d, t); h = add(t, most(a, b, c));
    w1 = next(w1, w2, w10, w15); t = add(add(g, pick(d, e, f)), add(word(k, 4), w1)); c = add(c, t); g = add(t, most(h, a, b));
    w2 = next(w2, w3, w11, w0); t = add(add(f, pick(c, d, e)), add(word(k, 8), w2)); b = add(b, t); f = add(t, most(g, h, a));
    w3 = next(w3, w4, w12, w1); t = add(add(e, pick(b, c, d)), add(word(k, 12), w3)); a = add(a, t); e = add(t, most(f, g, h));
    w4 = next(w4, w5, w13, w2); t = add(add(d, pick(a, b, c)), add(word(k, 16), w4)); h = add(h, t); d = add(t, most(e, f, g));
    w5 = next(w5, w6, w14, w3); t = add(add(c, pick(h, a, b)), add(word(k, 20), w5)); g = add(g, t); c = add(t, most(d, e, f));
    w6 = next(w6, w7, w15, w4); t = add(add(b, pick(g, h, a)), add(word(k, 24), w6)); f = add(f, t); b = add(t, most(c, d, e));
    w7 = next(w7, w8, w0, w5); t = add(add(a, pick(f, g, h)), add(word(k, 28), w7)); e = add(e, t); a = add(t, most(b, c, d));
    w8 = next(w8, w9, w1, w6); t = add(add(h, pick(e, f, g)), add(word(k, 32), w8)); d = add(d, t); h = add(t, most(a, b, c));
    w9 = next(w9, w10, w2, w7); t = add(add(g, pick(d, e, f)), add(word(k, 36), w9)); c = add(c, t); g = add(t, most(h, a, b));
    w10 = next(w10, w11, w3, w8); t = add(add(f, pick(c, d, e)), add(word(k, 40), w10)); b = add(b, t); f = add(t, most(g, h, a));
    w11 = next(w11, w12, w4, w9); t = add(add(e, pick(b, c, d)), add(word(k, 44), w11)); a = add(a, t); e = add(t, most(f, g, h));
    w12 = next(w12, w13, w5, w10); t = add(add(d, pick(a, b, c)), add(word(k, 48), w12)); h = add(h, t); d = add(t, most(e, f, g));
    w13 = next(w13, w14, w6, w11); t = add(add(c, pick(h, a, b)), add(word(k, 52), w13)); g = add(g, t); c = add(t, most(d, e, f));
    w14 = next(w14, w15, w7, w12); t = add(add(b, pick(g, h, a)), add(word(k, 56), w14)); f = add(f, t); b = add(t, most(c, d, e));
    w15 = next(w15, w0, w8, w13); t = add(add(a, pick(f, g, h)), add(word(k, 60), w15)); e = add(e, t); a = add(t, most(b, c, d));
  }
  const open = isOpen(block);
  accumulate(0, a, open); accumulate(16, b, open); accumulate(32, c, open); accumulate(48, d, open);
  accumulate(64, e, open); accumulate(80, f, open); accumulate(96, g, open); accumulate(112, h, open);
}

// @ts-ignore: decorator
@inline
function add(x: v128, y: v128): v128 {
  return i32x4.add(x, y);
}

/** A round constant in all lanes. */
// @ts-ignore: decorator
@inline
function word(k: usize, offset: usize): v128 {
  return v128.load32_splat(k + offset);
}

// @ts-ignore: decorator
@inline
function rotr4(x: v128, n: i32): v128 {
  return v128.or(i32x4.shr_u(x, n), i32x4.shl(x, 32 - n));
}

/** Sigma1(e) + Ch(e, f, g) (section 4.1.2). */
// @ts-ignore: decorator
@inline
function pick(e: v128, f: v128, g: v128): v128 {
  return add(v128.xor(v128.xor(rotr4(e, 6), rotr4(e, 11)), rotr4(e, 25)), v128.bitselect(f, g, e));
}

/** Sigma0(a) + Maj(a, b, c). */
// @ts-ignore: decorator
@inline
function most(a: v128, b: v128, c: v128): v128 {
  const maj = v128.bitselect(c, b, v128.xor(a, b));
  return add(v128.xor(v128.xor(rotr4(a, 2), rotr4(a, 13)), rotr4(a, 22)), maj);
}

/** The word 16 rounds on: w0 + sigma0(w1) + w9 + sigma1(w14). */
// @ts-ignore: decorator
@inline
function next(w0: v128, w1: v128, w9: v128, w14: v128): v128 {
  const small0 = v128.xor(v128.xor(rotr4(w1, 7), rotr4(w1, 18)), i32x4.shr_u(w1, 3));
  const small1 = v128.xor(v128.xor(rotr4(w14, 17), rotr4(w14, 19)), i32x4.shr_u(w14, 10));
  return add(add(w0, small0), add(w9, small1));
}

// @ts-ignore: decorator
@inline
function accumulate(offset: usize, value: v128, open: v128): void {
  v128.store(STATE + offset, add(v128.load(STATE + offset), v128.and(value, open)));
}
