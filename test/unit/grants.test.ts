/**
 * What people let clients do, and clients by their own word, as they are kept in workerd; and what the configuration
 * needs for it.
 */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { readConfig } from "../../worker/config.ts";
import type { Env } from "../../worker/env.ts";
import { type GrantSecret, readSecret, writeSecret } from "../../worker/oauth/grants/grant.ts";
import type { GrantRow } from "../../worker/oauth/grants/row.ts";
import { SHARDS } from "../../worker/shard.ts";

const { GRANTS, REGISTRATIONS } = env as unknown as Env;
const now = (): number => Math.floor(Date.now() / 1000);
const row = (key: string, more: Partial<GrantRow> = {}): GrantRow => ({
  key,
  id: `id-${key}`,
  person: "alice",
  grant: "{}",
  code: "{}",
  kind: "code",
  secret: "first",
  used: 0,
  expires: now() + 60,
  ...more,
});
const turnTo = (secret: string) => ({ kind: "refresh" as const, secret, grant: "{}", now: now(), expires: now() + 60 });

describe("a secret", () => {
  const [key, secret] = ["k".repeat(43), "s".repeat(43)];

  test("names one of the shards, in one way", () => {
    for (const shard of [0, 7, 99, SHARDS - 1]) {
      const read = readSecret(`hg${shard}.${key}.${secret}`);
      expect(read).toEqual({ shard: `shard-${shard}`, key, secret });
      expect(writeSecret(read as GrantSecret)).toBe(`hg${shard}.${key}.${secret}`);
    }
  });

  test.each([SHARDS, 999, "00", "007", "07", "", "-1", "1000"])("of the shard `%s` is none", (shard) => {
    expect(readSecret(`hg${shard}.${key}.${secret}`)).toBeUndefined();
  });
});

describe("Grants", () => {
  test("accept a secret once, and end the grant if it is sent again", async () => {
    const store = GRANTS.getByName("once");
    await store.open(row("a"));
    const turned = await Promise.all(
      Array.from({ length: 20 }, (_, i) => store.turn("a", "first", turnTo(`next-${i}`))),
    );
    expect(turned.filter((each) => each)).toHaveLength(1);
    expect(await store.find("a")).toBeUndefined();
    expect(await store.turn("a", "next-0", turnTo("x"))).toBe(false);
  });

  test("are listed by person once they were used, newest first", async () => {
    const store = GRANTS.getByName("listed");
    for (const key of ["a", "b", "c"]) await store.open(row(key));
    await store.open(row("d", { person: "bob" }));
    for (const key of ["a", "b", "d"]) await store.turn(key, "first", turnTo("second"));
    expect((await store.list("alice")).map(({ key }) => key)).toEqual(["b", "a"]);
  });

  test("of one person are at most a hundred, the most recently used", async () => {
    const store = GRANTS.getByName("bounded");
    await store.open(row("in-use"));
    await store.turn("in-use", "first", turnTo("second"));
    for (let i = 0; i < 120; i++) await store.open(row(`k${i}`));
    const { count } = await runInDurableObject(store, (_, { storage }) =>
      storage.sql.exec<{ count: number }>("SELECT count(*) AS count FROM grants").one(),
    );
    expect(count).toBe(100);
    expect(await store.find("in-use")).toBeDefined();
    expect(await store.find("k119")).toBeDefined();
  });

  test("are removed when they expire, whether or not they are read", async () => {
    const store = GRANTS.getByName("over");
    await store.open(row("short", { expires: now() - 1 }));
    await store.open(row("long", { expires: now() + 3600 }));
    expect(await store.find("short")).toBeUndefined();
    expect(await store.turn("short", "first", turnTo("second"))).toBe(false);
    await store.open(row("other", { expires: now() - 1 }));
    await runDurableObjectAlarm(store);
    const keys = await runInDurableObject(store, (_, { storage }) =>
      storage.sql.exec<{ key: string }>("SELECT key FROM grants").toArray(),
    );
    expect(keys).toEqual([{ key: "long" }]);
  });
});

test("registrations end unless they are used", async () => {
  const store = REGISTRATIONS.getByName("tests");
  await store.add("idle", "{}", now() - 1);
  await store.add("used", "{}", now() + 1);
  await store.keep("used", now() + 3600);
  await runDurableObjectAlarm(store);
  expect([await store.find("idle"), await store.find("used")]).toEqual([undefined, "{}"]);
});

describe("[oauth.sign_in]", () => {
  const configOf = ({ id = "https://gw.example", oidc = true, path = "/mcp" } = {}): string => `
[gateway]
id = "${id}"
origins = ["https://gw.example"]
${oidc ? '[console.oidc]\nissuer = "https://login.example"\nclient_id = "hopgate"' : ""}
[oauth.sign_in]
[[issuers]]
issuer = "https://idp.example"
jwks_uri = "https://idp.example/jwks"
[[routes]]
id = "mcp"
api = "api"
path = "${path}"
upstream = "https://mcp.example"
audience = "https://mcp.example"
sensitivity = "low"
methods = { POST = { action = "mcp:session" } }
tools = {}
`;
  test("is read with its defaults", () => {
    expect(readConfig(configOf()).oauth.sign_in).toEqual({
      lasts: 28_800,
      session: 600,
      words: {},
      client_hosts: [],
      registrations: 0,
      registration_lasts: 2_592_000,
    });
  });
  test.each([
    ["without a provider", { oidc: false }, "needs console.oidc"],
    ["with an id that clients cannot reach", { id: "urn:acme:gateway" }, "needs a gateway.id that is one of"],
    ["with an id behind a path", { id: "https://gw.example/x" }, "needs a gateway.id that is one of"],
    ["with an MCP server at the gateway's own URL", { path: "/" }, "the route mcp has the URL of the gateway itself"],
  ])("%s does not start", (_, change, problem) => {
    expect(() => readConfig(configOf(change))).toThrow(problem);
  });
});
