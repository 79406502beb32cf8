/**
 * Field, scalars and points of both paths against big integers, at random and at the extremes of every limb's range.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arithmetic as core } from "#core";
import { cases } from "../cases.ts";
import { L } from "./order.ts";

const P = 2n ** 255n - 19n;
const mod = (value: bigint, by: bigint): bigint => ((value % by) + by) % by;

const doubles = new Float64Array(core.memory.buffer);
const words = new Int32Array(core.memory.buffer);
const bytes = new Uint8Array(core.memory.buffer);
/** Free memory above the compiler's constants. */
const [A, B, OUT] = [0xc0000, 0xc0200, 0xc0400] as const;

function writePair(at: number, lanes: readonly (readonly number[])[]): void {
  lanes.forEach((limbs, lane) => {
    limbs.forEach((limb, i) => {
      doubles[at / 8 + 2 * i + lane] = limb;
    });
  });
}
const pairValue = (limbs: readonly number[]): bigint =>
  limbs.reduce((sum, limb, i) => sum + (BigInt(limb) << BigInt(51 * i)), 0n);
const readPair = (at: number, lane: number): number[] =>
  Array.from({ length: 5 }, (_, i) => doubles[at / 8 + 2 * i + lane] as number);

/** The documented bounds of wasm/assembly/field-fused.ts. */
const CARRIED = 2 ** 50 + 2 ** 13;
const limbsUpTo = (bound: number) =>
  fc.array(
    fc.oneof(
      fc.constantFrom(bound, -bound, bound - 1, 1 - bound, 0, 1, -1),
      fc.integer({ min: -(2 ** 50), max: 2 ** 50 }),
    ),
    {
      minLength: 5,
      maxLength: 5,
    },
  );
const lanesUpTo = (bound: number) => fc.tuple(limbsUpTo(bound), limbsUpTo(bound));

describe("pairs in fused doubles (skipped if this machine does not fuse)", () => {
  test.skipIf(core.isFused() === 0)("products are exact, and come back carried", () => {
    fc.assert(
      fc.property(lanesUpTo(CARRIED), lanesUpTo(2 * CARRIED), (a, b) => {
        writePair(A, a);
        writePair(B, b);
        core.multiply(OUT, A, B);
        for (const lane of [0, 1] as const) {
          const result = readPair(OUT, lane);
          expect(mod(pairValue(result), P)).toBe(mod(pairValue(a[lane]) * pairValue(b[lane]), P));
          for (const limb of result) expect(Math.abs(limb)).toBeLessThanOrEqual(CARRIED);
        }
      }),
      { numRuns: cases(5000) },
    );
  });

  test.skipIf(core.isFused() === 0)("squares are exact, and come back carried", () => {
    fc.assert(
      fc.property(lanesUpTo(CARRIED), (a) => {
        writePair(A, a);
        core.square(OUT, A);
        for (const lane of [0, 1] as const) {
          const result = readPair(OUT, lane);
          expect(mod(pairValue(result), P)).toBe(mod(pairValue(a[lane]) ** 2n, P));
          for (const limb of result) expect(Math.abs(limb)).toBeLessThanOrEqual(CARRIED);
        }
      }),
      { numRuns: cases(5000) },
    );
  });
});

/** The documented bounds of wasm/assembly/field.ts: even limbs up to 2^28, odd ones up to 2^27. */
const integerLimbs = fc
  .array(fc.oneof(fc.constantFrom(-1, 1, 0), fc.double({ min: -1, max: 1, noNaN: true })), {
    minLength: 10,
    maxLength: 10,
  })
  .map((fractions) => fractions.map((fraction, i) => Math.trunc(fraction * 2 ** (i % 2 === 0 ? 28 : 27))));
const integerValue = (limbs: readonly number[]): bigint =>
  limbs.reduce((sum, limb, i) => sum + (BigInt(limb) << BigInt(Math.ceil(25.5 * i))), 0n);
const readBytes = (at: number, length: number): bigint =>
  bytes.slice(at, at + length).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
function writeBytes(at: number, value: bigint, length: number): void {
  for (let i = 0; i < length; i++) bytes[at + i] = Number((value >> BigInt(8 * i)) & 255n);
}

describe("64-bit integers", () => {
  test("products, squares and inverses", () => {
    fc.assert(
      fc.property(integerLimbs, integerLimbs, (a, b) => {
        words.set(a, A / 4);
        words.set(b, B / 4);
        core.multiplyIntegers(OUT, A, B);
        core.toBytes(OUT, OUT);
        expect(readBytes(OUT, 32)).toBe(mod(integerValue(a) * integerValue(b), P));
        core.squareIntegers(OUT, A);
        core.invert(B, OUT);
        core.multiplyIntegers(B, B, OUT);
        core.toBytes(OUT, B);
        expect(readBytes(OUT, 32)).toBe(mod(integerValue(a), P) === 0n ? 0n : 1n);
      }),
      { numRuns: cases(5000) },
    );
  });
});

describe("scalars", () => {
  const edges = fc.constantFrom(
    0n,
    1n,
    L - 1n,
    L,
    L + 1n,
    2n * L,
    2n ** 252n - 1n,
    2n ** 252n,
    2n ** 512n - 1n,
    2n ** 511n,
    L * 2n ** 259n,
  );
  const wide = fc.oneof(edges, fc.bigInt({ min: 0n, max: 2n ** 512n - 1n }));

  test("reduction modulo L is complete", () => {
    fc.assert(
      fc.property(wide, (value) => {
        writeBytes(A, value, 64);
        core.reduce(OUT, A);
        expect(readBytes(OUT, 32)).toBe(value % L);
      }),
      { numRuns: cases(5000) },
    );
  });

  test("signed digits and non-adjacent forms add up to the scalar", () => {
    fc.assert(
      fc.property(wide, fc.constantFrom([6, 43], [8, 32]), (value, [width, rows]) => {
        const scalar = value % L;
        writeBytes(A, scalar, 32);
        core.toDigits(OUT, A, width as number, rows as number);
        const digits = Array.from(new Int16Array(core.memory.buffer, OUT, rows));
        expect(digits.reduce((sum, digit, i) => sum + (BigInt(digit) << BigInt((width as number) * i)), 0n)).toBe(
          scalar,
        );
        for (const digit of digits) expect(Math.abs(digit)).toBeLessThanOrEqual(2 ** ((width as number) - 1));
        core.toNaf(OUT, A, width as number);
        const naf = Array.from(new Int8Array(core.memory.buffer, OUT, 256));
        expect(naf.reduce((sum, digit, i) => sum + (BigInt(digit) << BigInt(i)), 0n)).toBe(scalar);
      }),
      { numRuns: cases(3000) },
    );
  });
});

test.skipIf(core.isFused() === 0)("both paths walk to the same points", () => {
  const BASE = "5866666666666666666666666666666666666666666666666666666666666666";
  bytes.set(BASE.match(/../g)?.map((byte) => Number.parseInt(byte, 16)) ?? [], A);
  expect(core.decode(B, A)).toBe(1);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (steps) => {
      core.walkFused(OUT, B, steps);
      core.walkIntegers(OUT + 0x200, B, steps);
      const coordinate = (at: number): bigint => mod(integerValue(Array.from(words.subarray(at / 4, at / 4 + 10))), P);
      const [x, y, z] = [0, 40, 80].map((offset) => coordinate(OUT + offset)) as [bigint, bigint, bigint];
      const [u, v, w] = [0, 40, 80].map((offset) => coordinate(OUT + 0x200 + offset)) as [bigint, bigint, bigint];
      expect(mod(x * w - u * z, P)).toBe(0n);
      expect(mod(y * w - v * z, P)).toBe(0n);
    }),
    { numRuns: cases(500) },
  );
});

test.skipIf(core.isFused() === 0)("both paths decode the same points, and refuse the same bytes", () => {
  const decodeBy = (fused: number, y: Uint8Array): string => {
    core.useArithmetic(fused);
    bytes.set(y, A);
    if (core.decode(OUT, A) === 0) return "refused";
    core.toBytes(B, OUT);
    return Array.from(bytes.subarray(B, B + 32)).join();
  };
  const words32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const edges = fc.constantFrom(P - 1n, P - 2n, P, P + 1n, 2n, 3n, 2n ** 254n, 2n ** 255n - 20n).map((y) => {
    const encoded = new Uint8Array(32);
    for (let i = 0; i < 32; i++) encoded[i] = Number((y >> BigInt(8 * i)) & 255n);
    return encoded;
  });
  fc.assert(
    fc.property(fc.oneof(words32, edges), (y) => {
      expect(decodeBy(1, y)).toBe(decodeBy(0, y));
    }),
    { numRuns: cases(3000) },
  );
});
