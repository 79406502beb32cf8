/** The rules of a chain, one vector each: the files are data that another implementation can run as well. */

import { describe, expect, test } from "vitest";
import { core } from "#core";
import { toBase64url } from "../../wasm/core.ts";
import { chainOptions, fromBase64url, judge } from "../vectors/read.ts";
import type { Vector } from "../vectors/vector.ts";

const files = import.meta.glob<Vector>("../vectors/chains/*.json", { eager: true, import: "default" });
const vectors = Object.entries(files).map(([path, vector]) => ({
  name: path.replace(/^.*\/|\.json$/g, ""),
  ...vector,
}));

const verify = ({ options, chain }: Pick<Vector, "options" | "chain">) =>
  core.verifyChain(chain, chainOptions(options));

const good = vectors.find(({ name }) => name === "good-three-hops") as Vector;

test("there are vectors", () => {
  expect(vectors.length).toBeGreaterThan(280);
});

test.each(vectors)("$name: $about", async (vector) => {
  const verdict = await judge(core, vector);
  if (!vector.verdict.ok) {
    expect(verdict).toMatchObject(vector.verdict);
    expect(verdict).toMatchObject({ member: vector.verdict.member });
    return;
  }
  if (!verdict.ok) throw new Error(`hop ${verdict.hop}: ${verdict.rule}, ${verdict.member}`);
  const { issuer, expires, hops } = vector.verdict;
  expect(verdict).toMatchObject({ issuer, expires });
  expect(
    verdict.hops.map(({ hash, name, thumbprint, isChild, wit }) => ({
      hash,
      name,
      ...(thumbprint !== undefined && { thumbprint }),
      ...(isChild && { child: true }),
      ...(wit !== undefined && { wit }),
    })),
  ).toEqual(hops);
});

describe("the verdict on a valid chain has", () => {
  const verdict = verify(good);
  if (!verdict.ok) throw new Error("the good chain does not hold");
  const hops = good.chain.split("~");

  test("the claims as they were signed", () => {
    for (const [k, hop] of hops.entries()) {
      const payload = new TextDecoder().decode(fromBase64url(hop.split(".")[1] as string));
      expect(verdict.hops[k]?.claims).toEqual(JSON.parse(payload));
    }
  });

  test("hashes of the hops", async () => {
    const hash = async (text: string): Promise<string> =>
      toBase64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
    expect(verdict.hops.map((hop) => hop.hash)).toEqual(await Promise.all(hops.map(hash)));
  });

  test("names of the hops: what was signed, without the signature", async () => {
    const name = async (text: string): Promise<string> =>
      toBase64url(
        new Uint8Array(
          await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text.slice(0, text.lastIndexOf(".")))),
        ),
      );
    expect(verdict.hops.map((hop) => hop.name)).toEqual(await Promise.all(hops.map(name)));
  });

  test("the issuer that signed hop 0, and the earliest expiry", () => {
    expect(verdict).toMatchObject({ issuer: 0, expires: good.options.now + 900 });
  });

  test("the scope in force and the thumbprint of the leaf's key", () => {
    expect(verdict.hops.map(({ scopes }) => scopes)).toEqual([
      ["orders:read", "refunds:write", "payouts:write"],
      ["orders:read", "refunds:write", "payouts:write"],
      ["orders:read", "refunds:write"],
    ]);
    expect(verdict.hops[2]?.thumbprint).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });
});

describe("limits", () => {
  test("a chain longer than allowed", () => {
    const options = { ...good.options, max_bytes: good.chain.length - 1 };
    expect(verify({ chain: good.chain, options })).toMatchObject({ ok: false, rule: "chain_too_long" });
  });
  test("a chain longer than the core's buffer", () => {
    const options = { ...good.options, max_bytes: 1_000_000 };
    expect(verify({ chain: "a".repeat(70_000), options })).toMatchObject({ ok: false, rule: "chain_too_long" });
  });
  test("no chain", () => {
    expect(verify({ chain: "", options: good.options })).toMatchObject({ ok: false, rule: "chain_empty" });
  });
  test("characters that are not ASCII", () => {
    expect(verify({ chain: `é${good.chain.slice(1)}`, options: good.options })).toMatchObject({
      rule: "base64url_invalid",
    });
  });
});

test("a verdict does not depend on what was verified before", async () => {
  for (const vector of [...vectors, ...vectors.toReversed()]) {
    expect((await judge(core, vector)).ok).toBe(vector.verdict.ok);
  }
});
