/** Which client has which name in chains. */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Env } from "../../worker/env.ts";

const newNames = () => (env as unknown as Env).NAMES.getByName(crypto.randomUUID());

test("of two clients that take a name at once, one has it", async () => {
  const names = newNames();
  const owners = await Promise.all(["a", "b", "c"].map((client) => names.take("urn:acme:x", client, undefined)));
  expect(new Set(owners).size).toBe(1);
});

test("a name that is given back is free, its successor is not", async () => {
  const names = newNames();
  await names.take("urn:acme:x", "a", undefined);
  await names.take("urn:acme:y", "a", undefined);
  expect(await names.take("urn:acme:x", "b", undefined)).toBe("a");
  await names.keepOnly("urn:acme:y", "a");
  expect(await names.take("urn:acme:x", "b", undefined)).toBe("b");
  expect(await names.take("urn:acme:y", "b", undefined)).toBe("a");
});

test("a client that is older than the table keeps its name, and no stale word of KV takes one for good", async () => {
  const names = newNames();
  expect(await names.take("urn:acme:x", "b", "a")).toBe("a");
  expect(await names.take("urn:acme:x", "b", undefined)).toBe("b");
});
