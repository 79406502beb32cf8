/** What can be registered as a workload. */
import { describe, expect, test } from "vitest";
import { createMemory } from "../../../worker/chain/names/memory.ts";
import { parseWorkload } from "../../../worker/chain/names/workload.ts";
import { newKey } from "./edges.ts";

const common = { name: "urn:acme:nightly", owner: "team", purpose: "tests" };
const { jwk } = await newKey();
const point = await newKey("ES256");

describe("a workload", () => {
  test("has a name, keys and an owner", () => {
    const keys = [
      { ...jwk, kid: "a", use: "sig", exp: 1 },
      { ...point.jwk, alg: "ES256" },
    ];
    expect(parseWorkload({ ...common, keys })).toEqual({ ...common, keys, disabled: false });
  });
  test.each<[string, string, object]>([
    ["without keys", "needs one of keys and jwks_uri", {}],
    ["with keys and their address", "needs one of", { keys: [jwk], jwks_uri: "https://a.example" }],
    ["with an address that anybody on the way can change", "jwks_uri", { jwks_uri: "http://a.example" }],
    ["with no key in its list", "keys", { keys: [] }],
    ["with a private key", "keys.0: is a private key", { keys: [{ ...jwk, d: "AAAA" }] }],
    ["with a shared secret", "keys.0", { keys: [{ kty: "oct", k: "AAAA" }] }],
    ["with an RSA key", "keys.0.kty", { keys: [{ kty: "RSA", n: "AQAB", e: "AQAB" }] }],
    ["with a P-384 key", "keys.0.crv", { keys: [{ ...point.jwk, crv: "P-384" }] }],
    ["with an X25519 key", "keys.0.crv", { keys: [{ ...jwk, crv: "X25519" }] }],
    ["with a key that is cut off", "keys.0.x: must be 32 bytes", { keys: [{ ...jwk, x: jwk.x?.slice(2) }] }],
    ["with a key in another spelling", "keys.0.x: must be 32 bytes", { keys: [{ ...jwk, x: `${jwk.x}=` }] }],
    ["with a key for encryption", "keys.0.use", { keys: [{ ...jwk, use: "enc" }] }],
    ["whose name is no URI", "name: must be a URI", { keys: [jwk], name: "nightly" }],
    ["whose name holds a space", "name", { keys: [jwk], name: "urn:acme:nightly job" }],
    ["whose name is longer than KV's keys", "name", { keys: [jwk], name: `urn:${"a".repeat(500)}` }],
    ["that nobody answers for", "owner", { keys: [jwk], owner: "" }],
    ["with a field that there is not", "scope", { keys: [jwk], scope: "orders:read" }],
  ])("%s is refused", (_, reason, fields) => {
    expect(() => parseWorkload({ ...common, ...fields })).toThrow(reason);
  });
});

describe("a memory", () => {
  test("has a bounded number of entries, of which the oldest is dropped", () => {
    const memory = createMemory<number>(3);
    for (const value of [1, 2, 3]) memory.set(String(value), value, 100);
    memory.set("1", 11, 100);
    memory.set("4", 4, 100);
    expect(["1", "2", "3", "4"].map((key) => memory.get(key, 0))).toEqual([11, undefined, 3, 4]);
    expect(memory.size).toBe(3);
  });
  test("forgets expired entries, and those that are deleted", () => {
    const memory = createMemory<number>(3);
    memory.set("a", 1, 100);
    memory.set("b", 2, 200);
    expect([memory.get("a", 100), memory.get("b", 100)]).toEqual([undefined, 2]);
    memory.forget((key) => key === "b");
    expect(memory.size).toBe(0);
  });
});
