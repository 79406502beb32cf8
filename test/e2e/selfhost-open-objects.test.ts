/**
 * Durable Objects of a self-hosted gateway: each takes files of workerd, which ends when it has none left, so the limit
 * of requests depends on how many the configuration can have open.
 */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../local/free-port.ts";
import { type Front, startFront } from "../../selfhost/front/front.ts";
import { limitsFor } from "../../selfhost/front/limits.ts";
import { mostObjects } from "../../selfhost/open-objects.ts";
import { readConfig } from "../../worker/config.ts";
import { ADMIN_TOKEN, call, chainNow } from "./harness.ts";
import { type SelfhostWorld, startSelfhostWorld } from "./selfhost-world.ts";

const FILES = 800;
const SHARDS = 128;
const LEDGER = `\n[ledger]\nshards = ${SHARDS}\n`;

describe("the Durable Objects that a configuration can have open are", () => {
  const RAISED = "[[ledger.raised]]\nfrom = 2026-01-01T00:00:00Z\nshards = 256\n";
  test.each([
    ["the one shard of the ledger, and 16 of workflows", "", 17],
    ["all shards of the ledger", LEDGER, SHARDS + 16],
    ["those before and after a raise", LEDGER + RAISED, SHARDS + 256 + 16],
    ["256 more with signs", "\n[signs]\n", 273],
  ])("%s", async (_, more, count) => {
    const text = (await readFile("config/local.toml", "utf8")).replace(/^limit = .*$/m, "");
    expect(mostObjects(readConfig(text + more))).toBe(count);
  });

  test("256 more with a rate", async () => {
    expect(mostObjects(readConfig(await readFile("config/local.toml", "utf8")))).toBe(273);
  });
});

describe(`workerd with ${FILES} open files and ${SHARDS} shards`, () => {
  let selfhost: SelfhostWorld;
  let front: Front;
  let port: number;
  const limits = limitsFor(FILES, SHARDS);

  beforeAll(async () => {
    port = await freePort();
    selfhost = await startSelfhostWorld("selfhost-open-objects", {
      through: ["prlimit", `--nofile=${FILES}:${FILES}`],
      edit: (config) =>
        config.replace(/^id = "https:\/\/gateway.acme.example"$/m, `$&\norigins = ["http://127.0.0.1:${port}"]`) +
        LEDGER,
    });
    const perAddress = limits.connections;
    const { workerd } = selfhost;
    front = await startFront({ host: "127.0.0.1", port, tls: undefined, limits: { ...limits, perAddress }, workerd });
  });
  afterAll(async () => {
    await front.stop(0);
    await selfhost.end();
  });

  test("serves as many requests at a time as the limit allows, while every shard is open", async () => {
    const world = { ...selfhost.world, url: `http://127.0.0.1:${port}` };
    const chain = await chainNow();
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    // Every shard is asked whether it can be written, and is open for ten seconds more.
    await (await fetch(`${world.url}/readyz`, { headers })).text();
    const open = await Promise.all(
      Array.from({ length: limits.requests }, () => call(world, { path: "/orders/events", chain })),
    );
    expect(open.filter(({ status }) => status !== 200)).toEqual([]);
    expect((await call(world, { path: "/orders/events", chain })).status).toBe(503);
    for (const { body } of open) await body?.cancel();
    await expect.poll(async () => (await call(world)).status).toBe(200);
  });
});
