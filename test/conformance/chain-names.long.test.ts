/**
 * docs/chain.md, as a second reader takes it (test/vectors/accepted.ts): names, children and keys of generated chains.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { core } from "#core";
import { delegate } from "../../sdk/delegate.ts";
import { cases } from "../cases.ts";
import { accepted, isChild } from "../vectors/accepted.ts";
import { CAST, craftChain, craftWit, keyNamed, leafKey } from "../vectors/craft.ts";
import { ecKeyNamed } from "../vectors/keys.ts";
import { usualOptions } from "../vectors/options.ts";
import { judge } from "../vectors/read.ts";
import type { VectorKey } from "../vectors/vector.ts";

const NOW = 1795478400;
const options = await usualOptions(NOW);

/** What lies around the edges of names. */
const piece = fc.constantFrom(
  "/",
  "//",
  ".",
  "..",
  "...",
  "run-42",
  "a",
  "~",
  "_",
  "?",
  "#",
  "%2e",
  ":",
  "@",
  "A9",
  "",
);
const parent = fc.oneof(
  fc.constantFrom(
    CAST.agent,
    CAST.app,
    "spiffe://acme.example",
    "urn:acme:a",
    "https:/",
    "https:",
    "wimse://a",
    "a:b",
    "x",
  ),
  fc.array(piece, { maxLength: 4 }).map((pieces) => `${CAST.agent}${pieces.join("")}`),
);
const rest = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(""));

test("a delegate is a child exactly if a second implementation says so", async () => {
  let children = 0;
  await fc.assert(
    fc.asyncProperty(parent, rest, fc.boolean(), async (above, below, slash) => {
      const sub = `${above}${slash ? "/" : ""}${below}`;
      const changes = { 0: { claims: { client_id: above } }, 1: { claims: { iss: above, sub } } };
      const { chain } = await craftChain(NOW, changes, 2);
      const verdict = await judge(core, { chain, options });
      if (!verdict.ok) {
        expect(verdict.rule).toBe("delegate_not_uri");
        return;
      }
      expect(verdict.hops.map((hop) => hop.isChild)).toEqual([false, isChild(sub, above)]);
      if (verdict.hops[1]?.isChild) children++;
    }),
    // Two children in any case: of a tenth of the runs there may be none.
    { numRuns: cases(600), examples: ["run-42", "a/~"].map((below) => [CAST.agent, below, true]) },
  );
  expect(children).toBeGreaterThan(cases(600) / 60);
});

test("the library signs a hop to a name exactly if the core accepts the name", async () => {
  const now = Math.floor(Date.now() / 1000);
  const { chain } = await craftChain(now, {}, 1);
  const { jwk, seed } = await leafKey(1);
  const key = { ...jwk, d: Buffer.from(seed).toString("base64url") };
  const character = fc.integer({ min: 0x1f, max: 0x80 }).map((code) => String.fromCharCode(code));
  const name = fc.oneof(
    rest,
    fc.tuple(
      fc.constantFrom("a", "a1+.-", "Z", "1", "+", ""),
      fc.constantFrom(":", ""),
      fc.array(character, { maxLength: 3 }),
    ),
  );
  await fc.assert(
    fc.asyncProperty(name, async (parts) => {
      const sub = typeof parts === "string" ? parts : parts.flat().join("");
      const verdict = await judge(core, {
        chain: (await craftChain(NOW, { 1: { claims: { sub } } }, 2)).chain,
        options,
      });
      const signed = delegate(chain, { key, to: sub, scopes: [] });
      if (verdict.ok) await signed;
      else if (verdict.rule === "delegate_not_uri") await expect(signed).rejects.toThrow("not a URI");
      else await expect(signed).rejects.toThrow();
    }),
    { numRuns: cases(2000), examples: [["a:b"], ["support-agent"], [""]] },
  );
});

test("names, hashes and thumbprints of chains of every length", async () => {
  for (let length = 1; length <= 8; length++) {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(300), { minLength: length, maxLength: length }), async (sizes) => {
        const filled = sizes.map((size, k) => [k, { claims: { filler: "x".repeat(size) } }]);
        const { chain } = await craftChain(NOW, Object.fromEntries(filled), length);
        const verdict = await judge(core, { chain, options });
        if (!verdict.ok) throw new Error(verdict.rule);
        const hops = verdict.hops.map(({ hash, name, thumbprint }) => ({ hash, name, thumbprint }));
        const { issuer, expires } = verdict;
        expect({ ok: true, issuer, expires, hops }).toEqual(accepted(chain, options));
      }),
      { numRuns: cases(25) },
    );
  }
});

describe("which key is tried", () => {
  /** Of each place in the set: whose key, and under which `kid`. */
  const entry = fc.record({
    key: fc.constantFrom("idp", "mallory", "ec"),
    kid: fc.constantFrom("idp-1", "idp-2", undefined),
  });

  test("follows docs/chain.md, over generated key sets", async () => {
    const jwks: Readonly<Record<string, VectorKey>> = {
      idp: (await keyNamed("idp")).jwk,
      mallory: (await keyNamed("mallory")).jwk,
      ec: ecKeyNamed("ES256", "idp").jwk,
    };
    const chains = new Map<string | undefined, string>();
    for (const kid of ["idp-1", undefined]) {
      chains.set(kid, (await craftChain(NOW, { 0: { header: { kid } } }, 1)).chain);
    }
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 5 }), fc.constantFrom("idp-1", undefined), async (set, kid) => {
        const keys = set.map((one) => ({ ...jwks[one.key], ...(one.kid !== undefined && { kid: one.kid }) }));
        const issuers = options.issuers.map((issuer) => ({ ...issuer, keys: keys as VectorKey[] }));
        const verdict = await judge(core, { chain: chains.get(kid) as string, options: { ...options, issuers } });
        expect(verdict.ok ? "ok" : verdict.rule).toBe(expected(set, kid));
      }),
      { numRuns: cases(1500) },
    );
  });

  function expected(set: readonly { key: string; kid: string | undefined }[], kid: string | undefined): string {
    const eddsa = ({ key }: { key: string }): boolean => key !== "ec";
    if (kid === undefined && set.filter(eddsa).length > 1) return "key_unknown";
    const exact = set.filter((one) => kid === undefined || one.kid === kid);
    const tried = exact.length > 0 ? exact : set.filter((one) => one.kid === undefined);
    const found = tried.find(eddsa) ?? tried[0];
    if (found === undefined) return "key_unknown";
    return found.key === "ec" ? "alg_mismatch" : found.key === "idp" ? "ok" : "signature_invalid";
  }
});

test("an identity token with changed bytes is refused, or still says the same of name and key", async () => {
  const [header, claims, signature] = (await craftWit(NOW)).split(".") as [string, string, string];
  const good = JSON.parse(Buffer.from(claims, "base64url").toString());
  const rules = new Map<string, number>();
  const text = fc.oneof(
    fc.string({ unit: "binary-ascii", maxLength: 4 }),
    fc.constantFrom('"', "\\u0000", '"sub":"x",', "{", "-0", "1e3", "[[", "null"),
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(6), text, fc.boolean(), async (place, cut, insert, inside) => {
      const before = inside ? JSON.stringify(good) : claims;
      const at = place % before.length;
      const after = before.slice(0, at) + insert + before.slice(at + cut);
      const changed = inside ? Buffer.from(after, "latin1").toString("base64url") : after;
      const wit = [header, changed, signature].join(".");
      const { chain } = await craftChain(NOW, { 1: { header: { wit } } }, 2);
      const verdict = await judge(core, { chain, options });
      if (verdict.ok) {
        const { sub, cnf } = JSON.parse(Buffer.from(changed, "base64url").toString());
        expect([sub, cnf.jwk.x, cnf.jwk.alg]).toEqual([good.sub, good.cnf.jwk.x, good.cnf.jwk.alg]);
        return;
      }
      // The token is a string of the header, where U+0000 is refused by itself.
      const expected = wit.includes("\0") ? ["json_syntax"] : ["wit_malformed", "wit_mismatch"];
      expect(expected).toContain(verdict.rule);
      rules.set(verdict.rule, (rules.get(verdict.rule) ?? 0) + 1);
    }),
    { numRuns: cases(1500) },
  );
  expect(rules.get("wit_malformed")).toBeGreaterThan(cases(1500) / 15);
  expect(rules.get("wit_mismatch")).toBeGreaterThan(0);
});
