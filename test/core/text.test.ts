/** The readers of sixteen bytes at a time against the plain way, at every length and every place in a block. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arithmetic } from "#core";

const memory = new Uint8Array(arithmetic.memory.buffer);
const [FROM, OUT] = [0xc0000, 0xc8000] as const;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function write(text: Uint8Array): void {
  // What follows must not matter: it is filled with characters that would be found.
  memory.fill(0x22, FROM, FROM + text.length + 64);
  memory.set(text, FROM);
}

/** The bytes, or undefined if the core refuses the text. */
function decode(text: Uint8Array): Uint8Array | undefined {
  write(text);
  const length = arithmetic.decodeBase64url(OUT, FROM, text.length);
  return length < 0 ? undefined : memory.slice(OUT, OUT + length);
}

const toBase64url = (data: Uint8Array): string =>
  btoa(String.fromCharCode(...data))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

describe("base64url", () => {
  test("encoded bytes decode to the same bytes, at every length", () => {
    for (let length = 0; length <= 200; length++) {
      const data = Uint8Array.from({ length }, (_, i) => (i * 151 + length * 31) & 255);
      expect(decode(ascii(toBase64url(data)))).toEqual(data);
    }
  });

  test("every byte outside the alphabet is refused at every place of a block", () => {
    const good = ascii("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl0123456789-_");
    for (let byte = 0; byte < 256; byte++) {
      if (ALPHABET.includes(String.fromCharCode(byte))) continue;
      for (let at = 0; at < 48; at++) expect(decode(good.with(at, byte))).toBeUndefined();
    }
  });

  test("bits that the last character does not need must be zero", () => {
    for (const last of ALPHABET) {
      const [bytes1, bytes2] = [decode(ascii(`AAAAAAAAAAAAAAAAA${last}`)), decode(ascii(`AAAAAAAAAAAAAAAAAA${last}`))];
      expect(bytes1 !== undefined).toBe("AQgw".includes(last));
      expect(bytes2 !== undefined).toBe("AEIMQUYcgkosw048".includes(last));
    }
  });
});

describe("scanning", () => {
  test("the first match before the end is found, and none after it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(255), (text, byte) => {
        write(text);
        const plain = text.indexOf(byte);
        expect(arithmetic.find(byte, FROM, FROM + text.length) - FROM).toBe(plain === -1 ? text.length : plain);
        const special = text.findIndex((c) => c === 0x22 || c === 0x5c || c < 0x20 || c > 0x7f);
        expect(arithmetic.findSpecial(FROM, FROM + text.length) - FROM).toBe(special === -1 ? text.length : special);
      }),
      { numRuns: 5000 },
    );
  });
});
