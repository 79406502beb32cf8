/** Ed25519: the core, @noble/ed25519 and WebCrypto over one table. */

import { getPublicKeyAsync, signAsync, verifyAsync } from "@noble/ed25519";
import { describe, expect, test } from "vitest";
import { core, integerCore } from "#core";
import rfc8032 from "../vectors/rfc8032.json" with { type: "json" };
import rfc8037 from "../vectors/rfc8037.json" with { type: "json" };
import { addOrder } from "./order.ts";

const fromHex = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
const fromBase64url = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));

type Verify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean | Promise<boolean>;

/** Four admissions give a key its table. */
const withTable: Verify = (publicKey, message, signature) => {
  for (let use = 0; use < 4; use++) core.admitKey(publicKey);
  return core.verifyEd25519(publicKey, message, signature);
};

const implementations: Record<string, Verify> = {
  core: (publicKey, message, signature) => core.verifyEd25519(publicKey, message, signature),
  "core, known key": withTable,
  "core, integers": (publicKey, message, signature) => integerCore.verifyEd25519(publicKey, message, signature),
  noble: (publicKey, message, signature) => verifyAsync(signature, message, publicKey, { zip215: false }),
  WebCrypto: async (publicKey, message, signature) => {
    const key = await crypto.subtle.importKey("raw", new Uint8Array(publicKey), "Ed25519", false, ["verify"]);
    return crypto.subtle.verify("Ed25519", key, new Uint8Array(signature), new Uint8Array(message));
  },
};

describe.each(Object.entries(implementations))("%s", (_, verify) => {
  test.each(rfc8032.cases)("RFC 8032, 7.1, $name", async ({ publicKey, message, signature }) => {
    expect(await verify(fromHex(publicKey), fromHex(message), fromHex(signature))).toBe(true);
    expect(await verify(fromHex(publicKey), fromHex(`${message}00`), fromHex(signature))).toBe(false);
  });

  test("RFC 8037, A.4", async () => {
    const [header, payload, signature] = rfc8037.jws.split(".") as [string, string, string];
    const signed = new TextEncoder().encode(`${header}.${payload}`);
    expect(await verify(fromBase64url(rfc8037.jwk.x), signed, fromBase64url(signature))).toBe(true);
  });
});

test("signatures with S + L are refused", async () => {
  const seed = new Uint8Array(32).fill(9);
  const signature = new Uint8Array(await signAsync(new Uint8Array(5), seed));
  expect(core.verifyEd25519(await getPublicKeyAsync(seed), new Uint8Array(5), signature)).toBe(true);
  addOrder(signature.subarray(32));
  expect(core.verifyEd25519(await getPublicKeyAsync(seed), new Uint8Array(5), signature)).toBe(false);
});

describe("several signatures at once", () => {
  const many = async (count: number) =>
    Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const seed = new Uint8Array(32).fill(i + 1);
        const message = Uint8Array.of(i);
        return { publicKey: await getPublicKeyAsync(seed), message, signature: await signAsync(message, seed) };
      }),
    );

  test("are all valid, however many there are", async () => {
    for (const count of [0, 1, 4, 16, 17, 40]) expect(core.findInvalid(await many(count))).toBe(-1);
  });
  test("have the index of the first invalid one, for every reason", async () => {
    const signed = await many(40);
    for (const bad of [0, 3, 15, 16, 39]) {
      const changed = signed.map((each, i) => (i === bad ? { ...each, message: Uint8Array.of(255) } : each));
      expect(core.findInvalid(changed)).toBe(bad);
      const cut = signed.map((each, i) => (i === bad ? { ...each, signature: each.signature.subarray(1) } : each));
      expect(core.findInvalid(cut)).toBe(bad);
      const smallOrder = signed.map((each, i) => (i === bad ? { ...each, publicKey: new Uint8Array(32) } : each));
      expect(core.findInvalid(smallOrder)).toBe(bad);
      const both = changed.map((each, i) => (i === 39 ? { ...each, publicKey: new Uint8Array(32) } : each));
      expect(core.findInvalid(both)).toBe(bad);
    }
  });
});

describe("points that are not valid keys", () => {
  const valid = fromHex((rfc8032.cases[1] as { signature: string }).signature);
  test.each([
    ["order 1", "0100000000000000000000000000000000000000000000000000000000000000"],
    ["order 1, signed", "0100000000000000000000000000000000000000000000000000000000000080"],
    ["order 2", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"],
    ["order 4", "0000000000000000000000000000000000000000000000000000000000000000"],
    ["order 8", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"],
    ["order 8, the other", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"],
    ["y = p", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"],
    ["y = 2^255 - 1", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"],
    ["not on the curve", "0200000000000000000000000000000000000000000000000000000000000000"],
  ])("%s", (_, key) => {
    expect(core.verifyEd25519(fromHex(key), new Uint8Array([0x72]), valid)).toBe(false);
  });
});
