/** SHA-256 and SHA-512 against FIPS 180 examples and against WebCrypto, over every block boundary. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arithmetic, core } from "#core";

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const native = async (name: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
  hex(new Uint8Array(await crypto.subtle.digest(name, bytes)));

describe("FIPS 180-4 examples", () => {
  test("SHA-256 of abc", () => {
    expect(hex(core.sha256(utf8("abc")))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
  test("SHA-512 of abc", () => {
    expect(hex(core.sha512(utf8("abc")))).toBe(
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    );
  });
});

test("every length from 0 to 300 agrees with WebCrypto", async () => {
  for (let length = 0; length <= 300; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 255);
    expect(hex(core.sha256(bytes))).toBe(await native("SHA-256", bytes));
    expect(hex(core.sha512(bytes))).toBe(await native("SHA-512", bytes));
  }
});

test("lengths around the 64 KiB chunks of the host agree with WebCrypto", async () => {
  for (const length of [65535, 65536, 65537, 200_001]) {
    const bytes = new Uint8Array(length).fill(0xa5);
    expect(hex(core.sha256(bytes))).toBe(await native("SHA-256", bytes));
    expect(hex(core.sha512(bytes))).toBe(await native("SHA-512", bytes));
  }
});

test("random data agrees with WebCrypto", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (data) => {
      const bytes = new Uint8Array(data);
      expect(hex(core.sha512(bytes))).toBe(await native("SHA-512", bytes));
    }),
  );
});

test("messages hashed in parallel, and their prefixes, agree with the plain function at all lengths", () => {
  const memory = new Uint8Array(arithmetic.memory.buffer);
  /** Some prefix that is shorter: of any length, but the same for the same message. */
  const prefixOf = (message: Uint8Array) =>
    message.subarray(0, message.length - Math.min(message.length, 1 + ((message[0] ?? 0) % 200)));
  const [FROM, OUT] = [0xc0000, 0xc8000] as const;
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 700 }), { minLength: 1, maxLength: 4 }),
      (messages) => {
        messages.forEach((message, lane) => {
          memory.set(message, FROM + lane * 0x1000);
          arithmetic.setLane(lane, FROM + lane * 0x1000, message.length, prefixOf(message).length);
        });
        const digest = (lane: number) => {
          arithmetic.digestOf(lane, OUT);
          return hex(memory.slice(OUT, OUT + 32));
        };
        arithmetic.hashLanes(messages.length);
        expect(messages.map((_, lane) => digest(lane))).toEqual(messages.map((message) => hex(core.sha256(message))));
        arithmetic.hashPrefixes(messages.length);
        expect(messages.map((_, lane) => digest(lane))).toEqual(
          messages.map((message) => hex(core.sha256(prefixOf(message)))),
        );
      },
    ),
    { numRuns: 2000 },
  );
});
