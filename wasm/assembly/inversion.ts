/**
 * 1/z modulo p by divisions of 2-adic integers (D. J. Bernstein, B.-Y. Yang, "Fast constant-time gcd computation and
 * modular inversion", CHES 2019), in variable time, because every input is public: about half of Fermat's z^(p - 2).
 *
 * Numbers are nine limbs of 30 bits, i32, all but the last in [0, 2^30), the last signed. Thirty division steps at a
 * time are decided on the lowest 32 bits of f and g; their matrix (u v; q r), with entries up to 2^30, is then applied
 * to (f, g) exactly, and to (d, e) modulo p, where f = d z and g = e z (mod p) always hold.
 */
import { fromBytes, toBytes } from "./field";
import { INVERSION } from "./memory";

const F = INVERSION;
const G = INVERSION + 36;
const D = INVERSION + 72;
const E = INVERSION + 108;
const BYTES = INVERSION + 144;

const MASK: i64 = 0x3fffffff;
/** p = 2^15 2^240 - 19: only two limbs of the modulus are not zero. */
const P0: i64 = -19;
const P8: i64 = 32768;
/** 1/p modulo 2^30. */
const P_INVERSE: i32 = 395589093;

let u: i32 = 1;
let v: i32 = 0;
let q: i32 = 0;
let r: i32 = 1;

/** Thirty division steps on the low words (Bernstein-Yang, section 5); returns eta = -delta. */
function divide(eta: i32, f: i32, g: i32): i32 {
  u = 1; v = 0; q = 0; r = 1;
  let left: i32 = 30;
  while (true) {
    const zeros = <i32>ctz(g | (-1 << left));
    g >>= zeros; u <<= zeros; v <<= zeros;
    eta -= zeros;
    left -= zeros;
    if (left == 0) return eta;
    if (eta < 0) {
      eta = -eta;
      let t = f; f = g; g = -t;
      t = u; u = q; q = -t;
      t = v; v = r; r = -t;
    }
    // f (f^2 - 2) is -1/f modulo 2^6: up to six steps cancel at once, as many as eta and the batch allow.
    const limit = min(min(eta + 1, left), 6);
    const w = (f * g * (f * f - 2)) & ((1 << limit) - 1);
    g += f * w; q += u * w; r += v * w;
  }
}

/** (f, g) = (u f + v g, q f + r g) / 2^30, exactly. */
function applyToFG(): void {
  let cf: i64 = 0, cg: i64 = 0;
  for (let i: usize = 0; i < 9; i++) {
    const f: i64 = load<i32>(F + (i << 2)), g: i64 = load<i32>(G + (i << 2));
    cf += u * f + v * g;
    cg += q * f + r * g;
    if (i > 0) {
      store<i32>(F + ((i - 1) << 2), <i32>(cf & MASK));
      store<i32>(G + ((i - 1) << 2), <i32>(cg & MASK));
    }
    cf >>= 30;
    cg >>= 30;
  }
  store<i32>(F, <i32>cf, 32);
  store<i32>(G, <i32>cg, 32);
}

/** The same of (d, e) modulo p: a multiple of p makes the lowest limb vanish. Both stay in (-2p, p). */
function applyToDE(): void {
  const signD = load<i32>(D, 32) >> 31, signE = load<i32>(E, 32) >> 31;
  const d0: i64 = load<i32>(D), e0: i64 = load<i32>(E);
  let md: i32 = (u & signD) + (v & signE), me: i32 = (q & signD) + (r & signE);
  let cd: i64 = u * d0 + v * e0, ce: i64 = q * d0 + r * e0;
  md -= (P_INVERSE * <i32>cd + md) & <i32>MASK;
  me -= (P_INVERSE * <i32>ce + me) & <i32>MASK;
  cd = (cd + P0 * md) >> 30;
  ce = (ce + P0 * me) >> 30;
  for (let i: usize = 1; i < 9; i++) {
    const d: i64 = load<i32>(D + (i << 2)), e: i64 = load<i32>(E + (i << 2));
    cd += u * d + v * e;
    ce += q * d + r * e;
    if (i == 8) {
      cd += P8 * md;
      ce += P8 * me;
    }
    store<i32>(D + ((i - 1) << 2), <i32>(cd & MASK));
    store<i32>(E + ((i - 1) << 2), <i32>(ce & MASK));
    cd >>= 30;
    ce >>= 30;
  }
  store<i32>(D, <i32>cd, 32);
  store<i32>(E, <i32>ce, 32);
}

/** Whether g is 0. */
function isDone(): bool {
  return (load<u64>(G) | load<u64>(G, 8) | load<u64>(G, 16) | load<u64>(G, 24) | <u64>load<u32>(G, 32)) == 0;
}

/** d += sign * p, carried. */
function addP(sign: i64): void {
  let c: i64 = sign * P0;
  for (let i: usize = 0; i < 8; i++) {
    c += load<i32>(D + (i << 2));
    store<i32>(D + (i << 2), <i32>(c & MASK));
    c >>= 30;
  }
  store<i32>(D, <i32>(load<i32>(D, 32) + c + sign * P8), 32);
}

/** out = 1/z; 0 for 0. */
export function invert(out: usize, z: usize): void {
  memory.fill(INVERSION, 0, 192);
  toBytes(BYTES, z);
  for (let i: usize = 0; i < 9; i++) {
    const position = i * 30;
    const word = i < 8 ? load<u64>(BYTES + (position >> 3)) >> (position & 7) : <u64>load<u16>(BYTES, 30);
    store<i32>(G + (i << 2), <i32>(word & 0x3fffffff));
  }
  store<i32>(F, <i32>P0);
  store<i32>(F, <i32>P8, 32);
  store<i32>(E, 1);
  for (let eta: i32 = -1; !isDone(); ) {
    eta = divide(eta, load<i32>(F) | (load<i32>(F, 4) << 30), load<i32>(G) | (load<i32>(G, 4) << 30));
    applyToFG();
    applyToDE();
  }
  // f is now 1 or -1 (or p for z = 0), and f = d z: the answer is d with f's sign, brought into [0, p).
  if (load<i32>(F, 32) < 0) {
    for (let i: usize = 0; i < 36; i += 4) store<i32>(D + i, -load<i32>(D + i));
  }
  addP(-1);
  while (load<i32>(D, 32) < 0) addP(1);
  writeBytes();
  fromBytes(out, BYTES);
}

/** d, in [0, p), as 32 bytes. */
function writeBytes(): void {
  memory.fill(BYTES, 0, 40);
  for (let i: usize = 0; i < 9; i++) {
    const position = i * 30;
    const at = BYTES + (position >> 3);
    store<u64>(at, load<u64>(at) | (<u64>load<u32>(D + (i << 2)) << (position & 7)));
  }
}
