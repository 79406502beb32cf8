/** What stands between a vendor and a caller: secrets overwritten in streams, members taken out, rates. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { conform } from "../../worker/gateway/rates.ts";
import { withoutFields } from "../../worker/vendor/filter.ts";
import { holdsAny, redactor } from "../../worker/vendor/redact.ts";

async function redacted(pieces: readonly string[], secrets: readonly string[]): Promise<string> {
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
  return new Response(source.pipeThrough(redactor(secrets))).text();
}

describe("a secret in a stream", () => {
  const secret = "aabaabaa-secret";
  test("is overwritten wherever the chunks break, as in the whole text", async () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "-"), maxLength: 12 });
    const parts = fc.array(fc.oneof(letters, fc.constant(secret), fc.constant("aabaab")), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(parts, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), async (words, sizes) => {
        const whole = words.join("");
        const pieces: string[] = [];
        for (let at = 0, i = 0; at < whole.length; i++) {
          const size = sizes[i % sizes.length] as number;
          pieces.push(whole.slice(at, at + size));
          at += size;
        }
        expect(await redacted(pieces, [secret])).toBe(whole.replaceAll(secret, "*".repeat(secret.length)));
      }),
    );
  });

  test("delays nothing that cannot be its beginning, so events arrive when they are sent", async () => {
    const { readable, writable } = redactor([secret]);
    const writer = writable.getWriter();
    const reader = readable.getReader();
    void writer.write(new TextEncoder().encode("data: first\n\n"));
    const { value } = await reader.read();
    expect(new TextDecoder().decode(value)).toBe("data: first\n\n");
    void writer.close();
    expect((await reader.read()).done).toBe(true);
  });

  const key = 'all-powerful/key=of+the "crm" é';
  const base64 = (before: string): string => Buffer.from(`${before}${key} and more`).toString("base64");
  const SPELLINGS: readonly (readonly [string, string])[] = [
    ["as it stands", key],
    ["in JSON", JSON.stringify(key)],
    ["in JSON by PHP, which escapes slashes", JSON.stringify(key).replaceAll("/", "\\/").replaceAll("é", "\\u00e9")],
    ["in JSON with escapes in capitals", JSON.stringify(key).replaceAll("é", "\\u00E9").replaceAll("/", "\\u002F")],
    [
      "in JSON in which everything is escaped",
      [...key].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""),
    ],
    ["in JSON in JSON", JSON.stringify(JSON.stringify(key))],
    ["in JSON in JSON by PHP", JSON.stringify(JSON.stringify(key).replaceAll("/", "\\/")).replaceAll("/", "\\/")],
    ["in a URL", encodeURIComponent(key)],
    ["in a URL in small letters", encodeURIComponent(key).replace(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase())],
    ["in a path, where fewer characters are escaped", encodeURI(key)],
    ["in a form", new URLSearchParams({ "": key }).toString().slice(1)],
    ["in a URL in a URL", encodeURIComponent(encodeURIComponent(key))],
    ["in a URL in which everything is escaped", Buffer.from(key).toString("hex").replace(/../g, "%$&")],
    ["in HTML", key.replaceAll('"', "&quot;").replaceAll("é", "&#233;").replaceAll("/", "&#x2F;")],
    ["in HTML by PHP", key.replaceAll('"', "&#034;").replaceAll("/", "&#x2f;")],
    ["in base64", base64("")],
    ["in base64 after one octet", base64("x")],
    ["in base64 after two octets", base64("xx")],
    ["in base64url", base64("user:").replaceAll("+", "-").replaceAll("/", "_")],
    ["in base64 in JSON by PHP", base64("ab:").replaceAll("/", "\\/")],
    ["in base64 in a URL", encodeURIComponent(base64("abc:"))],
  ];
  test.each(SPELLINGS)("is overwritten %s, wherever the chunks break", async (_, spelling) => {
    const whole = `before ${spelling} after`;
    for (const size of [1, 2, 3, 5, 8, whole.length]) {
      const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) =>
        whole.slice(i * size, (i + 1) * size),
      );
      const text = await redacted(pieces, [key]);
      expect(text).toContain("before ");
      expect(text).toContain(" after");
      // Of base64 the letters at the ends are of other octets too.
      expect(text.match(/\*+/g)?.[0]?.length).toBeGreaterThanOrEqual(Math.min(spelling.length, key.length) - 4);
      expect(text.replace(/\*+/, "").length).toBeLessThanOrEqual("before  after".length + 12 + 16);
      expect(text).not.toContain(spelling);
    }
    expect(holdsAny(whole, [key])).toBe(true);
  });

  test("is not found if only its beginning occurs", async () => {
    const whole = `${key.slice(0, -1)} ${encodeURIComponent(key).slice(0, -1)} ${base64("").slice(0, 20)}`;
    expect(await redacted([whole], [key])).toBe(whole);
    expect(holdsAny(whole, [key])).toBe(false);
  });

  test("of a few letters is not searched for, because it occurs in answers by chance", async () => {
    expect(await redacted(["a user named user"], ["user"])).toBe("a user named user");
  });
});

test.each<[string, string, string[], string]>([
  ["a member", '{"a":1,"b":2}', ["a"], '{"b":2}'],
  ["a member of a member", '{"a":{"b":1,"c":2}}', ["a.b"], '{"a":{"c":2}}'],
  ["a member of each element", '{"a":[{"b":1},{"b":2,"c":3}]}', ["a.*.b"], '{"a":[{},{"c":3}]}'],
  ["a member of each element of a list at the top", '[{"b":1},{"c":2}]', ["b"], '[{},{"c":2}]'],
  ["every member", '{"a":{"x":1,"y":{"z":2}}}', ["a.*"], '{"a":{}}'],
  ["a member of every member", '{"a":{"x":{"s":1},"y":{"s":2,"t":3}}}', ["a.*.s"], '{"a":{"x":{},"y":{"t":3}}}'],
  ["nothing if there is none", '{"a":null,"b":"x"}', ["a.b", "b.c", "d"], '{"a":null,"b":"x"}'],
  [
    "nothing of numbers",
    '{"a":1e400,"b":0.10,"c":12345678901234567890}',
    ["d"],
    '{"a":1e400,"b":0.10,"c":12345678901234567890}',
  ],
  ["a member named like a prototype's", '{"__proto__":{"a":1},"b":2}', ["b"], '{"__proto__":{"a":1}}'],
  ["every one of a name that stands twice", '{"a":1,"a":2}', ["a"], "{}"],
])("a filter removes %s", (_, text, fields, expected) => {
  expect(withoutFields(text, fields)).toBe(expected);
});

describe("a rate", () => {
  const rate = { requests: 3, seconds: 9 };
  const spend = (times: readonly number[]): (number | "passes")[] => {
    let due: number | undefined;
    return times.map((now) => {
      const verdict = conform(due, rate, now);
      if ("wait" in verdict) return verdict.wait;
      due = verdict.due;
      return "passes";
    });
  };
  test("permits a full burst, then single requests as it recovers", () => {
    expect(spend([0, 0, 0, 0, 2999, 3000, 3001])).toEqual(["passes", "passes", "passes", 3000, 1, "passes", 2999]);
  });
  test("has recovered completely after its period", () => {
    expect(spend([0, 0, 0, 9000, 9000, 9000, 9000])).toEqual([
      "passes",
      "passes",
      "passes",
      "passes",
      "passes",
      "passes",
      3000,
    ]);
  });
  test("never permits more in any window than a burst and the recovered part", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 60_000 })), (times) => {
        const sorted = times.toSorted((a, b) => a - b);
        const verdicts = spend(sorted);
        const passed = sorted.filter((_, i) => verdicts[i] === "passes");
        for (const start of passed) {
          const within = passed.filter((time) => time >= start && time < start + 9000).length;
          expect(within).toBeLessThanOrEqual(6);
        }
      }),
    );
  });
});
