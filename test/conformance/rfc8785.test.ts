/**
 * Canonical JSON (RFC 8785) as actor chains use it: the canonicalization vectors of draft-mw-oauth-actor-chain, and the
 * RFC's rules.
 */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../worker/oauth/actor-chain/commitment.ts";

const hex = (text: string): string => Buffer.from(text).toString("hex");
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("draft-mw-oauth-actor-chain, canonicalization test vectors", () => {
  test("ActorID", () => {
    const text = canonicalJson({ sub: "svc:planner", iss: "https://as.example" });
    expect(hex(text)).toBe(
      "7b22697373223a2268747470733a2f2f61732e6578616d706c65222c22737562223a227376633a706c616e6e6572227d",
    );
    expect(sha256(text)).toBe("7a14a23707a3a723fd6437a4a0037cc974150e2d1b63f4d64c6022196a57b69f");
  });
  test("target_context", () => {
    const text = canonicalJson({ resource: "calendar.read", method: "invoke", aud: "https://api.example" });
    expect(hex(text)).toBe(
      "7b22617564223a2268747470733a2f2f6170692e6578616d706c65222c226d6574686f64223a22696e766f6b65222c227265736f75726365223a2263616c656e6461722e72656164227d",
    );
    expect(sha256(text)).toBe("911427869c76f397e096279057dd1396fe2eda1ac9e313b357d9cecc44aa811e");
  });
});

describe("RFC 8785", () => {
  test("3.2.2: numbers as ECMAScript writes them, strings with the least escapes", () => {
    const value = {
      numbers: JSON.parse("[333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001]"),
      string: '\u20ac$\u000f\nA\'B"\\\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });
  test("3.2.3: members by the UTF-16 code units of their names", () => {
    const value = { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\u{1f600}": 5, "\u0080": 6, "\u00f6": 7 };
    expect([...Object.keys(JSON.parse(canonicalJson(value)))].length).toBe(7);
    const order = [...canonicalJson(value).matchAll(/:(\d)/g)].map(([, digit]) => digit).join("");
    expect(order).toBe("2467153");
  });
});
