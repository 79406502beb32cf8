/** What is signed has one spelling and one reading, or is refused before anything verifies it. */
import { base64url } from "jose";
import { describe, expect, test } from "vitest";
import { readStrictObject } from "../../worker/trust/strict-json.ts";
import { readStrictJws } from "../../worker/trust/strict-jws.ts";

const nested = (levels: number): string => `{"a":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;
const members = (count: number): string => `{${Array.from({ length: count }, (_, i) => `"m${i}":0`).join(",")}}`;

describe("JSON", () => {
  test.each([
    ["a name twice", '{"a":1,"a":1}'],
    ["a name twice, once escaped", '{"a":1,"\\u0061":1}'],
    ["a name twice in an inner object", '{"a":[{"b":1,"c":{"d":[],"d":2}}]}'],
    ["a byte order mark", '\ufeff{"a":1}'],
    ["a lone surrogate, escaped", '{"a":"\\ud800"}'],
    ["a lone surrogate in a name", '{"\\udc00":1}'],
    ["two surrogates in the wrong order", '{"a":"\\udc00\\ud800"}'],
    ["U+0000", '{"a":"\\u0000"}'],
    ["a number that is not finite", '{"a":1e400}'],
    ["a negative one", '{"a":[-1e400]}'],
    ["17 levels", nested(17)],
    ["65 members", members(65)],
    ["a list", "[1]"],
    ["null", "null"],
    ["something after the end", '{"a":1}x'],
    ["an unquoted name", "{a:1}"],
    ["nothing", ""],
  ])("with %s is refused", (_, text) => {
    expect(() => readStrictObject(new TextEncoder().encode(text))).toThrow();
  });

  test.each([
    ["UTF-8 that is cut", [0x7b, 0x22, 0xc3, 0x22, 0x3a, 0x31, 0x7d]],
    ["an overlong encoding", [0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d]],
    ["an encoded surrogate", [0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d]],
  ])("with %s is refused", (_, bytes) => {
    expect(() => readStrictObject(Uint8Array.from(bytes))).toThrow();
  });

  test.each([
    '{"a":"{\\"a\\":1,\\"a\\":2}","b":["a","a"],"c":{"a":1},"d":{"a":2}}',
    '{"a":"\\ud83d\\ude00 \\\\","b":-1.5e3,"c":[true,null,{}],"d":"\\""}',
    ' { "a" : [ ] , "" : { } } ',
    nested(16),
    members(64),
  ])("%s is read unchanged", (text) => {
    expect(readStrictObject(new TextEncoder().encode(text))).toEqual(JSON.parse(text));
  });
});

describe("a JWS", () => {
  const jws = (header: string, payload: string, signature = "AAAA"): string =>
    `${base64url.encode(header)}.${base64url.encode(payload)}.${signature}`;

  test("that is well-formed is read", () => {
    expect(readStrictJws(jws('{"alg":"EdDSA"}', '{"iat":1}'))).toEqual({
      header: { alg: "EdDSA" },
      payload: { iat: 1 },
      signed: new TextEncoder().encode("eyJhbGciOiJFZERTQSJ9.eyJpYXQiOjF9"),
      signature: new Uint8Array(3),
    });
  });

  test.each([
    ["two parts", "e30.e30"],
    ["four parts", "e30.e30.AA.AA"],
    ["an empty signature", "e30.e30."],
    ["padding", "e30=.e30.AAAA"],
    ["the other alphabet", "e30.e30.+/AA"],
    ["unused bits in the signature", "e30.e30.AB"],
    ["unused bits in the header", `${base64url.encode('{"a":1}').slice(0, -1)}R.e30.AAAA`],
    ["a character that completes no byte", "e30.e30.AAAAA"],
    ["a space", "e30.e30.AAAA "],
    ["a line break", "e30.e30.AAAA\n"],
    ["more than it may have", jws("{}", JSON.stringify({ a: "x".repeat(16_384) }))],
    ["a header name twice", jws('{"alg":"none","alg":"EdDSA"}', "{}")],
    ["a fraction of a second", jws("{}", '{"iat":1.5}')],
    ["a time as text", jws("{}", '{"exp":"1"}')],
    ["a negative time", jws("{}", '{"nbf":-1}')],
    ["a time that is minus zero", jws("{}", '{"iat":-0}')],
    ["a time no integer can hold", jws("{}", '{"exp":1e20}')],
  ])("with %s is refused", (_, token) => {
    expect(() => readStrictJws(token)).toThrow();
  });
});
