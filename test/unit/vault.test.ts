/**
 * People's accounts at vendors as they are kept in workerd: encrypted for one person and vendor, renewed by one call at
 * a time.
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { Party } from "../../worker/chain/party.ts";
import type { Env } from "../../worker/env.ts";
import { createCipher } from "../../worker/trust/cipher.ts";
import type { Tokens } from "../../worker/vendor/grant.ts";
import { connectUri, isFor } from "../../worker/vendor/link.ts";
import { VendorRefused, type VendorServer } from "../../worker/vendor/server.ts";
import { Vault } from "../../worker/vendor/vault.ts";

const alice: Party = { iss: "https://idp.example", sub: "alice" };
const bob: Party = { iss: "https://idp.example", sub: "bob" };
const keyOf = (kid: string, letter: string) => ({ kty: "oct" as const, kid, k: letter.repeat(43) });
const OLD = { keys: [keyOf("old", "A")] };
const NEW = { keys: [keyOf("new", "I"), keyOf("old", "A")] };

interface Fake {
  readonly server: VendorServer;
  /** Refresh tokens that it was sent, and tokens that were given back. */
  readonly renewed: string[];
  readonly back: string[];
  /** What is awaited before it answers. */
  answer: (refresh: string) => Promise<Tokens>;
}

function fake(): Fake {
  const [renewed, back]: [string[], string[]] = [[], []];
  const vendor: Fake = {
    renewed,
    back,
    answer: (refresh) => Promise.resolve({ access: `after ${refresh}`, refresh: `${refresh}+`, until: 2_000 }),
    server: {
      ask: () => Promise.reject(new Error("not asked")),
      redeem: () => Promise.reject(new Error("not asked")),
      renew: (refresh) => {
        renewed.push(refresh);
        return vendor.answer(refresh);
      },
      giveBack: (token) => {
        back.push(token);
        return Promise.resolve();
      },
    },
  };
  return vendor;
}

const { VAULT } = env as unknown as Env;
let made = 0;

interface Opened {
  readonly vault: Vault;
  readonly sql: SqlStorage;
  /** The same storage, by other keys or another configuration. */
  again(keys: typeof NEW, issuer?: string): Vault;
  /** Sets the clock, in milliseconds since the epoch. */
  at(now: number): void;
}

async function inVault(vendor: Fake, work: (opened: Opened) => Promise<void>): Promise<void> {
  await runInDurableObject(VAULT.getByName(`vault-${made++}`), async (_, state) => {
    let clock = 1_000;
    const open = (keys: typeof NEW, issuer = "https://crm.example"): Vault =>
      new Vault(state, env, {
        cipher: createCipher(keys),
        vendors: new Map(["crm", "mail"].map((name) => [name, { issuer, server: vendor.server }])),
        secretOf: () => undefined,
        fetch: () => Promise.reject(new Error("nothing is fetched")),
        now: () => clock,
      });
    const at = (now: number): void => {
      clock = now;
    };
    await work({ vault: open(OLD), sql: state.storage.sql, again: open, at });
  });
}

const good: Tokens = { access: "access-1", refresh: "refresh-1", until: 1_500 };
const over: Tokens = { ...good, until: 900 };

describe("a stored token", () => {
  test("is encrypted, and returned to its person for its vendor", () =>
    inVault(fake(), async ({ vault, sql }) => {
      await vault.keep(alice, "crm", good, ["read"]);
      expect(JSON.stringify(sql.exec("SELECT * FROM accounts").toArray())).not.toMatch(/access-1|refresh-1/);
      expect(await vault.use(alice, "crm")).toMatchObject({ token: "access-1" });
      expect(await vault.use(alice, "mail")).toBeUndefined();
      expect(await vault.use(bob, "crm")).toBeUndefined();
      expect(await vault.list(alice)).toEqual([{ vendor: "crm", scope: ["read"], since: 1, renewed: 1 }]);
      expect(await vault.list(bob)).toEqual([]);
    }));

  test.each([
    ["to another person", "UPDATE accounts SET person = 'https://idp.example bob'", bob, "crm"],
    ["to another vendor", "UPDATE accounts SET vendor = 'mail'", alice, "mail"],
  ])("cannot be read if its row was moved %s", (_, move, person, name) =>
    inVault(fake(), async ({ vault, sql }) => {
      await vault.keep(alice, "crm", good, []);
      sql.exec(move);
      expect(await vault.has(person, name)).toBe(true);
      expect(await vault.use(person, name)).toBeUndefined();
    }),
  );

  test("cannot be read if its content was moved into another row", () =>
    inVault(fake(), async ({ vault, sql }) => {
      await vault.keep(alice, "crm", good, []);
      await vault.keep(bob, "crm", { ...good, access: "of bob" }, []);
      sql.exec(
        "UPDATE accounts SET sealed = (SELECT sealed FROM accounts WHERE person LIKE '%alice') WHERE person LIKE '%bob'",
      );
      expect(await vault.use(bob, "crm")).toBeUndefined();
      expect(await vault.use(alice, "crm")).toMatchObject({ token: "access-1" });
    }));

  test("cannot be read if one octet was changed, or the configuration names another server", () =>
    inVault(fake(), async ({ vault, sql, again }) => {
      await vault.keep(alice, "crm", good, []);
      expect(await again(OLD, "https://elsewhere.example").use(alice, "crm")).toBeUndefined();
      const { sealed } = sql.exec<{ sealed: string }>("SELECT sealed FROM accounts").one();
      const at = sealed.length - 3;
      sql.exec(
        "UPDATE accounts SET sealed = ?",
        sealed.slice(0, at) + (sealed[at] === "A" ? "B" : "A") + sealed.slice(at + 1),
      );
      expect(await vault.use(alice, "crm")).toBeUndefined();
    }));

  test("is encrypted with a new key when it is used, and then the old one can be removed", () =>
    inVault(fake(), async ({ vault, again }) => {
      await vault.keep(alice, "crm", good, []);
      const onlyNew = { keys: NEW.keys.slice(0, 1) };
      expect(await again(onlyNew).use(alice, "crm")).toBeUndefined();
      expect(await again(NEW).use(alice, "crm")).toMatchObject({ token: "access-1" });
      expect(await again(onlyNew).use(alice, "crm")).toMatchObject({ token: "access-1" });
    }));
});

describe("a token that has expired", () => {
  test("is renewed once for 64 concurrent requests, and the next refresh token is stored", () => {
    const vendor = fake();
    return inVault(vendor, async ({ vault }) => {
      await vault.keep(alice, "crm", over, []);
      const tokens = await Promise.all(Array.from({ length: 64 }, () => vault.use(alice, "crm")));
      expect(new Set(tokens.map((each) => each?.token))).toEqual(new Set(["after refresh-1"]));
      expect(vendor.renewed).toEqual(["refresh-1"]);
      const { version } = (await vault.use(alice, "crm")) ?? { version: "" };
      await vault.refuse(alice, "crm", version);
      await vault.use(alice, "crm");
      expect(vendor.renewed).toEqual(["refresh-1", "refresh-1+"]);
    });
  });

  test("is refused once; a refusal of an earlier one changes nothing", () => {
    const vendor = fake();
    return inVault(vendor, async ({ vault }) => {
      await vault.keep(alice, "crm", good, []);
      const first = (await vault.use(alice, "crm"))?.version ?? "";
      await vault.refuse(alice, "crm", first);
      await vault.use(alice, "crm");
      await vault.refuse(alice, "crm", first);
      expect(await vault.use(alice, "crm")).toMatchObject({ token: "after refresh-1" });
      expect(vendor.renewed).toHaveLength(1);
    });
  });

  test.each([
    ["while it is renewed", true],
    ["at the moment when it is used", false],
  ])("keeps the next refresh token if it is refused %s", (_, isRenewed) => {
    const vendor = fake();
    return inVault(vendor, async ({ vault, at }) => {
      await vault.keep(alice, "crm", good, []);
      const { version } = (await vault.use(alice, "crm")) ?? { version: "" };
      at(1_600);
      const { promise, resolve } = Promise.withResolvers<Tokens>();
      vendor.answer = () => promise;
      const refuse = () => Promise.all(Array.from({ length: 64 }, () => vault.refuse(alice, "crm", version)));
      const before = isRenewed ? undefined : refuse();
      const using = vault.use(alice, "crm");
      await expect.poll(() => vendor.renewed).toEqual(["refresh-1"]);
      const refusing = before ?? refuse();
      // Another person's account waits for none of this: once these are through, so would be what did not wait.
      for (let turn = 0; turn < 8; turn++) {
        await vault.keep(bob, "crm", { access: "of bob" }, []);
        expect(await vault.use(bob, "crm")).toMatchObject({ token: "of bob" });
      }
      resolve({ access: "access-2", refresh: "refresh-2", until: 2_000 });
      expect(await using).toMatchObject({ token: "access-2" });
      await refusing;
      expect(await vault.use(alice, "crm")).toMatchObject({ token: "access-2" });
      expect(vendor.renewed).toEqual(["refresh-1"]);
      expect(vendor.back).not.toContain("refresh-2");
    });
  });

  test("is renewed after refusals at most five times a minute", () => {
    const vendor = fake();
    return inVault(vendor, async ({ vault, at }) => {
      await vault.keep(alice, "crm", good, []);
      const refuse = async (times: number): Promise<void> => {
        for (let turn = 0; turn < times; turn++)
          await vault.refuse(alice, "crm", (await vault.use(alice, "crm"))?.version ?? "");
        await vault.use(alice, "crm");
      };
      vendor.answer = (refresh) =>
        Promise.resolve({ access: `after ${refresh}`, refresh: `${refresh}+`, until: 90_000 });
      await refuse(10);
      expect(vendor.renewed).toHaveLength(5);
      at(61_000);
      await refuse(10);
      expect(vendor.renewed).toHaveLength(10);
    });
  });

  test("without a refresh token never ends the account, even if it is refused", () => {
    const vendor = fake();
    return inVault(vendor, async ({ vault }) => {
      await vault.keep(alice, "crm", { access: "only" }, []);
      const { version } = (await vault.use(alice, "crm")) ?? { version: "" };
      await vault.refuse(alice, "crm", version);
      expect(await vault.use(alice, "crm")).toEqual({ token: "only", version });
    });
  });

  test("is deleted if the vendor refuses its refresh token, and stays if the vendor cannot be reached", () => {
    const vendor = fake();
    return inVault(vendor, async ({ vault }) => {
      await vault.keep(alice, "crm", over, []);
      vendor.answer = () => Promise.reject(new Error("down"));
      await expect(vault.use(alice, "crm")).rejects.toThrow("down");
      expect(await vault.has(alice, "crm")).toBe(true);
      vendor.answer = () => Promise.reject(new VendorRefused("over"));
      expect(await vault.use(alice, "crm")).toBeUndefined();
      expect(await vault.has(alice, "crm")).toBe(false);
    });
  });

  test("is not restored if its owner ends the account during a renewal", () => {
    const vendor = fake();
    return inVault(vendor, async ({ vault }) => {
      await vault.keep(alice, "crm", over, []);
      const { promise, resolve } = Promise.withResolvers<Tokens>();
      vendor.answer = () => promise;
      const using = vault.use(alice, "crm");
      await expect.poll(() => vendor.renewed.length).toBe(1);
      expect(await vault.end(alice, "crm")).toBe(true);
      resolve({ access: "late", refresh: "late-refresh" });
      expect(await using).toBeUndefined();
      expect(await vault.has(alice, "crm")).toBe(false);
      expect(vendor.back).toEqual(["refresh-1", "late-refresh"]);
    });
  });

  test("is revoked at the vendor if its owner connects another account", () => {
    const vendor = fake();
    return inVault(vendor, async ({ vault }) => {
      await vault.keep(alice, "crm", good, []);
      await vault.keep(alice, "crm", { access: "second" }, []);
      expect(vendor.back).toEqual(["refresh-1"]);
      expect(await vault.use(alice, "crm")).toMatchObject({ token: "second" });
    });
  });
});

test("a link to connect an account is for one person of one issuer and one vendor, and contains no name", async () => {
  const key = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
  const uri = new URL(await connectUri("https://gw.example", "crm", alice, key as CryptoKey));
  expect(uri.href).not.toContain("alice");
  const tag = uri.searchParams.get("for") ?? "";
  const fits = (vendor: string, person: Party): Promise<boolean> => isFor(tag, vendor, person, key as CryptoKey);
  expect(await fits("crm", alice)).toBe(true);
  expect(await fits("mail", alice)).toBe(false);
  expect(await fits("crm", bob)).toBe(false);
  expect(await fits("crm", { ...alice, iss: "https://partner.example" })).toBe(false);
  expect(await isFor(`${tag}A`, "crm", alice, key as CryptoKey)).toBe(false);
});
