/** Ed25519: the core and @noble/ed25519 over random and mutated signatures. */
import { getPublicKeyAsync, verifyAsync } from "@noble/ed25519";
import fc from "fast-check";
import { expect, test } from "vitest";
import { core, integerCore } from "#core";
import { cases } from "../cases.ts";
import { addOrder } from "./order.ts";

/** What stands before the 32 bytes of a private key (RFC 8410, section 7). */
const PKCS8 = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

const runs = cases(10_000);

test(`${runs.toLocaleString("en")} random valid, corrupted and mutated signatures get the same verdict from noble`, async () => {
  const keys = await Promise.all(
    Array.from({ length: 16 }, async (_, i) => {
      const seed = new Uint8Array(32).fill(i + 1);
      const pkcs8 = new Uint8Array([...PKCS8, ...seed]);
      const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]);
      return { privateKey, publicKey: await getPublicKeyAsync(seed) };
    }),
  );
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  const mutation = fc.oneof(
    { weight: 3, arbitrary: fc.constant({ kind: "none" as const }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("flip" as const), part: fc.nat(2), bit: fc.nat(511) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("bytes" as const), part: fc.nat(2), value: bytes(64) }) },
    { weight: 1, arbitrary: fc.constant({ kind: "addOrder" as const }) },
  );
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(fc.nat(15), fc.uint8Array({ maxLength: 300 }), mutation, async (index, data, change) => {
      const { privateKey, publicKey } = keys[index] as (typeof keys)[number];
      const message = new Uint8Array(data);
      const signature = new Uint8Array(await crypto.subtle.sign("Ed25519", privateKey, message));
      const key = new Uint8Array(publicKey);
      const parts = [signature, key, message];
      if (change.kind === "flip") {
        const part = parts[change.part] as Uint8Array;
        const bit = change.bit % Math.max(8, part.length * 8);
        if (part.length > 0) part[bit >> 3] = (part[bit >> 3] as number) ^ (1 << (bit & 7));
      } else if (change.kind === "bytes") {
        const part = parts[change.part] as Uint8Array;
        part.set(change.value.subarray(0, part.length));
      } else if (change.kind === "addOrder") addOrder(signature.subarray(32));
      const ours = core.verifyEd25519(key, message, signature);
      if (ours) accepted++;
      expect(integerCore.verifyEd25519(key, message, signature)).toBe(ours);
      // Half of the keys have tables, on one path each.
      if (index < 4) core.admitKey(publicKey);
      else if (index < 8) integerCore.admitKey(publicKey);
      expect(ours).toBe(await verifyAsync(signature, message, key, { zip215: false }));
    }),
    { numRuns: runs },
  );
  // The property would hold of two verifiers that refuse everything.
  expect(accepted).toBeGreaterThan(runs / 5);
});
