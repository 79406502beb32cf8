/**
 * What separates a cofactorless verifier of Ed25519 from a cofactored one: keys and commitments with a part of small
 * order. The expected verdict is the equation itself, [S]B = R + [k]A, computed with noble's points.
 */
import { Point } from "@noble/ed25519";
import { expect, test } from "vitest";
import { core, integerCore } from "#core";
import { cases } from "../cases.ts";
import { L } from "./order.ts";

/** Every part of small order of a key beside every one of a commitment, at the least. */
const TRIED = cases(640);

test("mixed-order keys and commitments get the verdict of the cofactorless equation", async () => {
  const torsion = Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
  let accepted = 0;
  let onlyCofactored = 0;
  for (let i = 0; i < TRIED; i++) {
    const secret = BigInt(i + 2);
    const nonce = BigInt(1000 + i);
    const A = times(Point.BASE, secret).add(times(torsion, BigInt(i % 8)));
    const R = times(Point.BASE, nonce).add(times(torsion, BigInt((i >> 3) % 8)));
    const message = Uint8Array.of(i & 255, i >> 8);
    const digest = core.sha512(Uint8Array.of(...R.toBytes(), ...A.toBytes(), ...message));
    const k = littleEndian(digest) % L;
    const S = (nonce + k * secret) % L;
    const signature = Uint8Array.of(...R.toBytes(), ...toBytes(S));
    const expected = times(Point.BASE, S).equals(R.add(times(A, k)));
    const cofactored = times(times(Point.BASE, S).subtract(R.add(times(A, k))), 8n).is0();
    for (const one of [core, integerCore]) {
      expect(one.verifyEd25519(A.toBytes(), message, signature)).toBe(expected);
      for (let use = 0; use < 4; use++) one.admitKey(A.toBytes());
      expect(one.verifyEd25519(A.toBytes(), message, signature)).toBe(expected);
    }
    if (expected) accepted++;
    if (cofactored && !expected) onlyCofactored++;
  }
  expect(accepted).toBeGreaterThan(TRIED / 10);
  expect(onlyCofactored).toBeGreaterThan(TRIED / 2);
});

function times(point: Point, scalar: bigint): Point {
  return scalar === 0n ? Point.ZERO : point.multiplyUnsafe(scalar);
}
function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
function toBytes(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}
