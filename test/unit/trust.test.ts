/** Key sets in an isolate, with clock and network in hand: refreshed behind, never in a stampede, kept when stale. */
import { exportJWK, generateKeyPair, type JWK } from "jose";
import { beforeEach, describe, expect, test } from "vitest";
import { createTrust, type Trust } from "../../worker/trust/issuers.ts";
import { readKeys } from "../../worker/trust/jwks.ts";

const ISSUER = {
  issuer: "https://i.example",
  types: ["at+jwt" as const],
  scope: [],
  jwks_uri: "https://i.example/jwks",
  refresh: 300,
  discovery: false,
  require: {},
  grants: false,
  scopes: {},
  claims: {},
  speaks_for: [],
};
let clock = 1_000_000;
let fetches = 0;
let answer: () => Response | Promise<Response>;
let behind: Promise<unknown>[] = [];
let stored: Map<string, string>;

async function key(kid: string): Promise<JWK> {
  return { ...(await exportJWK((await generateKeyPair("ES256", { extractable: true })).publicKey)), kid };
}
function trust(): Trust {
  return createTrust([ISSUER])({
    kv: {
      get: (async (name: string) => stored.get(name) ?? null) as never,
      put: async (name, value) => void stored.set(name, value as string),
    },
    fetch: async () => {
      fetches++;
      return answer();
    },
    now: () => clock,
    waitUntil: (work) => void behind.push(work),
  });
}
const kids = (one: Trust): unknown[] => (one.anchors().keys[0] ?? []).map(({ kid }) => kid);

beforeEach(() => {
  [fetches, behind, stored, clock] = [0, [], new Map(), 1_000_000];
});

describe("an issuer by address", () => {
  test("is fetched once for all who look at the same time, and kept in KV", async () => {
    const jwk = await key("a");
    answer = () => Response.json({ keys: [jwk] });
    const one = trust();
    expect(kids(one)).toEqual([]);
    const found = await Promise.all(Array.from({ length: 10 }, () => one.lookFor(0)));
    expect(new Set(found)).toEqual(new Set(["changed"]));
    expect(fetches).toBe(1);
    expect(kids(one)).toEqual(["a"]);
    expect(stored.size).toBe(1);
  });

  test("is asked again for an unknown kid only after a pause", async () => {
    const [a, b] = [await key("a"), await key("b")];
    answer = () => Response.json({ keys: [a] });
    const one = trust();
    await one.lookFor(0);
    answer = () => Response.json({ keys: [a, b] });
    expect(await one.lookFor(0)).toBe("unchanged");
    expect(fetches).toBe(1);
    clock += 10_000;
    expect(await one.lookFor(0)).toBe("changed");
    expect(kids(one)).toEqual(["a", "b"]);
  });

  test("is refreshed behind requests, and its keys stay while it is down", async () => {
    const jwk = await key("a");
    answer = () => Response.json({ keys: [jwk] });
    const one = trust();
    await one.lookFor(0);
    clock += 300_000;
    answer = () => new Response(null, { status: 500 });
    expect(kids(one)).toEqual(["a"]);
    expect(behind).toHaveLength(1);
    await Promise.all(behind);
    expect(kids(one)).toEqual(["a"]);
    expect(behind).toHaveLength(1); // resting: the failure is not repeated at once
    clock += 10_000;
    kids(one);
    expect(behind).toHaveLength(2);
  });

  test.each<[string, () => Response | Promise<Response>]>([
    ["answers with an error", () => new Response(null, { status: 503 })],
    ["cannot be reached", () => Promise.reject(new Error("refused"))],
    ["redirects", () => new Response(null, { status: 302, headers: { location: "https://evil.example" } })],
    ["answers with something else", () => new Response("<html>")],
    ["answers with 300 KiB", () => new Response(" ".repeat(300_000))],
  ])("that %s is unavailable", async (_, bad) => {
    answer = bad;
    const one = trust();
    expect(await one.lookFor(0)).toBe("unavailable");
    expect(kids(one)).toEqual([]);
  });
});

describe("keys of a set", () => {
  test("that are private, symmetric, for encryption, too short or unknown are passed over", async () => {
    const good = await key("good");
    const { privateKey } = await generateKeyPair("ES256", { extractable: true });
    const bad: JWK[] = [
      { kty: "oct", k: "c2VjcmV0", kid: "secret" },
      { ...(await exportJWK(privateKey)), kid: "private" },
      { ...good, kid: "enc", use: "enc" },
      { kty: "RSA", n: "AQAB", e: "AQAB", kid: "short" },
      { kty: "EC", crv: "secp256k1", x: "AA", y: "AA", kid: "curve" },
      { kty: "OKP", crv: "Ed25519", x: "AAAA", kid: "cut" },
    ];
    expect(readKeys([...bad, good]).map(({ kid, alg }) => [kid, alg])).toEqual([["good", "ES256"]]);
  });
});
