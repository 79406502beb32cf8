/** Names whose keys stand in the registry, in workerd with real KV. */
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { KeyVerdict } from "../../../worker/chain/names/proof.ts";
import { createNameProver } from "../../../worker/chain/names/prove.ts";
import { clientActorKey, workloadKey } from "../../../worker/chain/names/registry.ts";
import { parseWorkload } from "../../../worker/chain/names/workload.ts";
import { type Key, KV, newKey, options, type TestEdges, testEdges } from "./edges.ts";

const URI = "https://keys.acme.example/jwks.json";
let names = 0;
let name: string;
let key: Key;
let other: Key;
let edges: TestEdges;
let provers: ReturnType<typeof createNameProver>;

beforeAll(async () => {
  [key, other] = [await newKey(), await newKey("ES256")];
});
beforeEach(() => {
  name = `spiffe://acme.example/jobs/${names++}`;
  edges = testEdges();
  provers = createNameProver(options());
});

async function register(fields: Record<string, unknown>): Promise<void> {
  const workload = parseWorkload({ name, owner: "team", purpose: "tests", ...fields });
  await KV.put(workloadKey(name), JSON.stringify(workload));
}
const registerClient = (fields: Record<string, unknown>): Promise<void> =>
  KV.put(
    clientActorKey(name),
    JSON.stringify({ client_id: "c", keys: [], disabled: false, owner: "team", purpose: "tests", ...fields }),
  );
const prove = (by = key, as = name): Promise<KeyVerdict> =>
  provers(edges)
    .prove({ name: as, thumbprint: by.thumbprint })
    .then(({ proof }) => proof);
const known = () => provers(edges).prove({ name, thumbprint: key.thumbprint });

describe("a registered workload", () => {
  test("owns its keys and no others", async () => {
    await register({ keys: [key.jwk, other.jwk] });
    expect(await prove(key)).toBe("registered");
    expect(await prove(other)).toBe("registered");
    expect(await prove(await newKey())).toBe("others");
  });
  test("owns no key under another's name", async () => {
    await register({ keys: [key.jwk] });
    expect(await prove(key, `${name}/child`)).toBeUndefined();
    expect(await prove(key, name.slice(0, -1))).toBeUndefined();
  });
  test("has an owner, whichever key is presented, and none under its name in another case", async () => {
    await register({ keys: [key.jwk], environment: "production", type: "job" });
    const ownership = { owner: "team", purpose: "tests", environment: "production", type: "job" };
    expect(await known()).toMatchObject({ ownership });
    expect(await provers(edges).prove({ name, thumbprint: other.thumbprint })).toMatchObject({
      proof: "others",
      ownership,
    });
    expect(await provers(edges).owner(name)).toMatchObject({ ownership });
    expect((await provers(edges).owner(`${name}/child`)).ownership).toBeUndefined();
    expect((await provers(edges).owner("no name")).ownership).toBeUndefined();
  });
  test("has its new owner as soon as the change is known", async () => {
    await register({ keys: [key.jwk] });
    expect(await provers(edges).owner(name)).toMatchObject({ ownership: { owner: "team" } });
    await register({ keys: [key.jwk], owner: "another" });
    provers(edges).forget(name);
    expect(await provers(edges).owner(name)).toMatchObject({ ownership: { owner: "another" } });
  });
  test("that presents no key proves nothing", async () => {
    await register({ keys: [key.jwk] });
    expect((await provers(edges).prove({ name, thumbprint: undefined })).proof).toBe("others");
  });
  test.each([
    ["is disabled", { disabled: true }],
    ["has expired", { expires: "2026-11-26T11:59:59Z" }],
  ])("that %s owns none", async (_, fields) => {
    await register({ keys: [key.jwk], ...fields });
    expect(await prove()).toBe("refused");
  });
  test("that will expire owns its keys until then", async () => {
    await register({ keys: [key.jwk], expires: "2026-11-26T12:05:00Z" });
    expect(await prove()).toBe("registered");
    edges.clock += 300_000;
    expect(await prove()).toBe("refused");
  });
  test("owns two keys while it rotates, the old one until its end", async () => {
    await register({ keys: [other.jwk, { ...key.jwk, exp: edges.clock / 1000 + 100 }] });
    expect([await prove(key), await prove(other)]).toEqual(["registered", "registered"]);
    edges.clock += 100_000;
    expect([await prove(key), await prove(other)]).toEqual(["others", "registered"]);
  });
  test("is accepted only until its registration or its key ends, however long it may be remembered", async () => {
    const [ends, exp] = [edges.clock + 10_000, edges.clock + 20_000];
    await register({ keys: [key.jwk, { ...other.jwk, exp: exp / 1000 }], expires: new Date(ends).toISOString() });
    expect(await known()).toMatchObject({ proof: "registered", until: ends });
    await register({ keys: [{ ...key.jwk, exp: exp / 1000 }] });
    provers(edges).forget(name);
    expect(await known()).toMatchObject({ proof: "registered", until: exp });
  });
});

describe("a registered client", () => {
  test("owns its keys under its actor's name", async () => {
    await registerClient({ keys: [key.jwk] });
    expect([await prove(key), await prove(other)]).toEqual(["registered", "others"]);
  });
  test("without keys leaves its name to delegators that may give it", async () => {
    await registerClient({});
    expect(await prove()).toBeUndefined();
  });
  test("is accepted until it expires", async () => {
    const ends = edges.clock + 10_000;
    await registerClient({ keys: [key.jwk], expires: new Date(ends).toISOString() });
    expect(await known()).toMatchObject({ proof: "registered", until: ends });
  });
  test("that is disabled owns none", async () => {
    await registerClient({ keys: [key.jwk], disabled: true });
    expect(await prove()).toBe("refused");
  });
  test("shares the name with the workload's own entry, which decides whether the name counts", async () => {
    await registerClient({ keys: [key.jwk] });
    await register({ keys: [other.jwk] });
    expect([await prove(key), await prove(other)]).toEqual(["registered", "registered"]);
    await register({ keys: [other.jwk], disabled: true });
    provers(edges).forget(name);
    expect([await prove(key), await prove(other)]).toEqual(["refused", "refused"]);
  });
  test("that has expired does not end the workload's own entry", async () => {
    await registerClient({ keys: [key.jwk], expires: "2020-01-01T00:00:00Z" });
    await register({ keys: [other.jwk] });
    expect([await prove(key), await prove(other)]).toEqual(["others", "registered"]);
  });
});

describe("keys by address", () => {
  const serve = (...keys: Key[]): void => {
    edges.answer = () => Response.json({ keys: keys.map(({ jwk }) => jwk) });
  };
  const later = (milliseconds: number): void => {
    edges.clock += milliseconds;
    provers(edges).forget(name);
  };

  test("are fetched once for concurrent requests", async () => {
    await register({ jwks_uri: URI });
    serve(key);
    const proofs = await Promise.all(Array.from({ length: 10 }, () => prove()));
    expect(new Set(proofs)).toEqual(new Set(["registered"]));
    expect(edges.asked).toEqual([URI]);
  });
  test("are fetched again for a new key, after a pause", async () => {
    await register({ jwks_uri: URI });
    serve(key);
    await prove(key);
    serve(other);
    expect(await prove(other)).toBe("others");
    expect(edges.asked).toHaveLength(1);
    later(10_000);
    expect(await prove(other)).toBe("registered");
    later(0);
    expect(await prove(key)).toBe("others");
  });
  test("stay valid for a day while the address cannot be reached, also in an isolate that starts then", async () => {
    await register({ jwks_uri: URI });
    serve(key);
    await prove();
    edges.answer = () => Promise.reject(new Error("down"));
    later(300_000);
    expect(await prove()).toBe("registered");
    expect(edges.asked).toHaveLength(2);
    provers = createNameProver(options());
    expect(await prove()).toBe("registered");
    later(86_400_000);
    await expect(prove()).rejects.toThrow("down");
  });
  test("are fetched first in an isolate that has not fetched them for long", async () => {
    await register({ jwks_uri: URI });
    serve(key);
    await prove();
    serve(other);
    later(599_000);
    expect(await prove()).toBe("registered"); // and refreshed behind
    await Promise.all(edges.behind);
    later(600_000);
    serve(key);
    expect(await prove(other)).toBe("others");
  });
  test("of an earlier address of the workload do not count", async () => {
    await register({ jwks_uri: URI });
    serve(key);
    await prove();
    await register({ jwks_uri: "https://keys.acme.example/new.json" });
    edges.answer = () => Promise.reject(new Error("down"));
    later(0);
    await expect(prove()).rejects.toThrow("down");
  });
  test.each<[string, () => Response | Promise<Response>]>([
    ["answers with an error", () => new Response(null, { status: 503 })],
    ["cannot be reached", () => Promise.reject(new Error("refused"))],
    ["redirects", () => new Response(null, { status: 302, headers: { location: "https://evil.example" } })],
    ["answers with something else", () => Response.json({ nothing: [] })],
    ["answers with 100 KiB", () => Response.json({ keys: [], padding: " ".repeat(100_000) })],
  ])("that %s prove nothing and deny nothing", async (_, answer) => {
    await register({ jwks_uri: URI });
    edges.answer = answer;
    await expect(prove()).rejects.toThrow();
  });
});

describe("a remembered result", () => {
  test("needs no store while it is valid", async () => {
    await register({ keys: [key.jwk] });
    await prove();
    const { reads } = edges;
    edges.clock += 29_999;
    await prove();
    expect(edges.reads).toBe(reads);
    edges.clock += 1;
    await prove();
    expect(edges.reads).toBeGreaterThan(reads);
  });
  test("of an unproven pair lasts five seconds", async () => {
    expect(await prove()).toBeUndefined();
    await register({ keys: [key.jwk] });
    edges.clock += 4_999;
    expect(await prove()).toBeUndefined();
    edges.clock += 1;
    expect(await prove()).toBe("registered");
  });
  test("of one pair is never used for another, even if names contain spaces and quotes", async () => {
    await register({ keys: [key.jwk] });
    await provers(edges).prove({ name: `"${name}`, thumbprint: key.thumbprint });
    await provers(edges).prove({ name: ` ${name}`, thumbprint: key.thumbprint });
    await provers(edges).prove({ name: `${key.thumbprint} ${name}`, thumbprint: undefined });
    expect(await prove()).toBe("registered");
  });
  test("is not answered while KV is down", async () => {
    await register({ keys: [key.jwk] });
    edges.kvDown = true;
    await expect(prove()).rejects.toThrow("KV is down");
    edges.kvDown = false;
    expect(await prove()).toBe("registered");
  });
});
