/** The answer to each invalid chain of the attacks, over HTTP; afterwards the gateway still serves valid ones. */
import { beforeAll, describe, expect, test } from "vitest";
import { ATTACKS } from "../vectors/attacks.ts";
import { CAST, craftChain } from "../vectors/craft.ts";
import { call, chainNow, nowSeconds, refusalOf, seenBy, type World } from "./harness.ts";
import { sharedWorld } from "./shared-world.ts";

let world: World;
beforeAll(async () => {
  world = await sharedWorld();
});

/**
 * Attacks that are no `invalid_token`, each with what it is answered: a credential of such characters never reaches the
 * core.
 */
const MALFORMED: Readonly<Record<string, string>> = {
  "too-many-hops": "(chain_too_many_hops)",
  "base64url-padded": "(credential_malformed)",
  "base64url-standard-alphabet": "(credential_malformed)",
};

describe("a chain that breaks a rule is refused by that rule", () => {
  test("and every attack with another answer is in the list of attacks", () => {
    expect(ATTACKS.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(MALFORMED)));
  });

  test.each(ATTACKS)("$name: $about", async ({ name, rule, hop, member, build }) => {
    const refusal = await refusalOf(await call(world, { chain: await build(nowSeconds()) }));
    const malformed = MALFORMED[name];
    if (malformed === undefined) {
      expect(refusal).toMatchObject({ status: 401, error: "invalid_token", rule });
      expect(refusal.description.startsWith(`hop ${hop}: `)).toBe(true);
      expect(refusal.description).toContain(member === undefined ? `(${rule})` : `(\`${member}\`, ${rule})`);
      expect(refusal.challenge).toContain('DPoP algs="');
      expect(refusal.challenge).toContain('error="invalid_token"');
    } else {
      expect(refusal).toMatchObject({ status: 400, error: "invalid_request" });
      expect(refusal.description).toContain(malformed);
    }
    expect(refusal.decision).toMatch(/^[0-9a-f-]{36}$/);
  });
});

test("no answer quotes a token or a key", async () => {
  for (const { build } of ATTACKS) {
    const chain = await build(nowSeconds());
    const text = await (await call(world, { chain })).text();
    for (const segment of chain.split(/[.~]/).filter((part) => part.length > 12)) expect(text).not.toContain(segment);
    expect(text).not.toContain("alice");
  }
});

describe("limits", () => {
  test("a chain of more than 16 KiB", async () => {
    const chain = await chainNow({ 0: { claims: { filler: "x".repeat(13_000) } } });
    expect(chain.length).toBeGreaterThan(16_384);
    const refusal = await refusalOf(await call(world, { chain }));
    expect(refusal).toMatchObject({ status: 400, error: "invalid_request" });
    expect(refusal.description).toContain("chain_too_long");
  });

  test("an empty chain", async () => {
    const refusal = await refusalOf(await call(world, { chain: "" }));
    expect(refusal.status).toBe(400);
  });
});

describe("the same txn of two chains", () => {
  test("does not let hops of one be spliced into the other", async () => {
    const now = nowSeconds();
    const [one, other] = [await craftChain(now), await craftChain(now, { 0: { claims: { jti: "another" } } })];
    const refusal = await refusalOf(
      await call(world, { chain: [one.hops[0], other.hops[1], other.hops[2]].join("~") }),
    );
    expect(refusal.description).toContain("parent_hash_mismatch");
  });
});

test("after all of this the gateway serves a good chain", async () => {
  const seen = await seenBy(await call(world));
  expect(seen.headers["hop-subject"]).toBe(`"${CAST.subject}";iss="${CAST.issuer}"`);
});
