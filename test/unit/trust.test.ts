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
  max_stale: 86_400,
  discovery: false,
  require: {},
  grants: false,
  scopes: {},
  claims: {},
  policy_claims: {},
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
  test("is fetched once for concurrent requests, and stored in KV", async () => {
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

  test("is refreshed in the background, and its keys stay while it is down", async () => {
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
    ["answers without end", () => new Response(endless())],
    ["answers with no key", () => Response.json({ keys: [] })],
    ["answers with keys that cannot be used", () => Response.json({ keys: [{ kty: "oct", k: "AA" }, null, 7] })],
  ])("that %s is unavailable", async (_, bad) => {
    answer = bad;
    const one = trust();
    expect(await one.lookFor(0)).toBe("unavailable");
    expect(kids(one)).toEqual([]);
  });
});

/** A body that never ends, of which only what is asked for is made. */
function endless(): ReadableStream {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) });
}

describe("keys that are old", () => {
  const DAY = 86_400_000;
  const entryOf = (jwk: JWK, age: number): string => JSON.stringify({ keys: [jwk], fetched: clock - age });

  beforeEach(() => {
    clock = 1_800_000_000_000;
  });

  test("in KV are not accepted before the issuer was asked", async () => {
    const [leaked, now] = [await key("leaked"), await key("now")];
    stored.set("jwks:https://i.example", entryOf(leaked, 365 * DAY));
    answer = () => Response.json({ keys: [now] });
    const one = trust();
    expect(await one.lookFor(0)).toBe("changed");
    expect(kids(one)).toEqual(["now"]);
    expect(fetches).toBe(1);
  });

  test("in KV are used without asking up to twice the time of a refresh", async () => {
    stored.set("jwks:https://i.example", entryOf(await key("a"), 599_000));
    const one = trust();
    expect(await one.lookFor(0)).toBe("changed");
    expect([kids(one), fetches]).toEqual([["a"], 1]); // the one that `anchors` makes behind the request
  });

  test("in KV are taken while the issuer is down, up to `max_stale`", async () => {
    answer = () => new Response(null, { status: 503 });
    stored.set("jwks:https://i.example", entryOf(await key("a"), DAY - 1000));
    const young = trust();
    expect(await young.lookFor(0)).toBe("changed");
    expect(kids(young)).toEqual(["a"]);
    stored.set("jwks:https://i.example", entryOf(await key("a"), DAY));
    const old = trust();
    expect(await old.lookFor(0)).toBe("unavailable");
    expect(kids(old)).toEqual([]);
  });

  test("in the isolate are not accepted past `max_stale`, and are fetched again once they can be", async () => {
    const jwk = await key("a");
    answer = () => Response.json({ keys: [jwk] });
    const one = trust();
    await one.lookFor(0);
    answer = () => new Response(null, { status: 503 });
    clock += DAY - 1000;
    expect(kids(one)).toEqual(["a"]);
    await Promise.all(behind);
    clock += 1000;
    expect(kids(one)).toEqual([]);
    expect(await one.lookFor(0)).toBe("unavailable");
    answer = () => Response.json({ keys: [jwk] });
    clock += 10_000;
    expect(await one.lookFor(0)).toBe("changed");
    expect(kids(one)).toEqual(["a"]);
  });

  test("stay if the issuer answers with an empty set", async () => {
    const jwk = await key("a");
    answer = () => Response.json({ keys: [jwk] });
    const one = trust();
    await one.lookFor(0);
    answer = () => Response.json({ keys: [] });
    clock += 300_000;
    kids(one);
    await Promise.all(behind);
    expect(kids(one)).toEqual(["a"]);
    expect(stored.get("jwks:https://i.example")).toContain('"a"');
  });

  test.each<[string, (jwk: JWK) => string]>([
    ["is no JSON", () => "{"],
    ["is null", () => "null"],
    ["is of another form", () => '{"keys":{"a":1},"fetched":"yesterday"}'],
    ["holds what is no key", () => `{"keys":[null,7],"fetched":${clock}}`],
    ["holds no key", () => `{"keys":[],"fetched":${clock}}`],
    ["comes from the future", (jwk) => entryOf({ ...jwk, kid: "b" }, -DAY)],
  ])("an entry in KV that %s is replaced by what the issuer says", async (_, broken) => {
    const jwk = await key("a");
    stored.set("jwks:https://i.example", broken(jwk));
    answer = () => Response.json({ keys: [jwk] });
    const one = trust();
    expect(await one.lookFor(0)).toBe("changed");
    expect(kids(one)).toEqual(["a"]);
    expect(JSON.parse(stored.get("jwks:https://i.example") as string)).toMatchObject({ keys: [{ kid: "a" }] });
  });
});

describe("keys of a set", () => {
  test("that are private, symmetric, for encryption, too short or unknown are ignored", async () => {
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
