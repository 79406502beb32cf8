/**
 * This version over the state of another: of the version before (test/vectors/state), and of a ledger's format that it
 * does not read. `npm test` tries one such format.
 */
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { tellEntries } from "../../worker/ledger/outcomes.ts";
import { cases } from "../cases.ts";
import {
  DELIVERY,
  KEPT_CLIENT,
  type Made,
  PAYLOAD,
  type StateFile,
  TASKS,
  unpackState,
} from "../vectors/state/made.ts";
import { printed } from "./command-line.ts";
import { admin, call, ledgerNow, ledgerOf, readiness, refusalOf, taskOf, type World } from "./harness.ts";
import { openAs, ruleOf } from "./messages.ts";
import { type SelfhostWorld, startSelfhostWorld } from "./selfhost-world.ts";

let folder: string;
let made: Made;
let selfhost: SelfhostWorld;
let world: World;

async function unpack(file?: StateFile): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), "hopgate-upgrade-"));
  made = await unpackState(folder, file);
}

async function start(logged?: (text: string) => void): Promise<void> {
  selfhost = await startSelfhostWorld("upgrade-test", {
    state: join(folder, "state"),
    publisher: made.publisher,
    // What the version before has written is not to be removed for its age.
    edit: (config) => `${config}\n[ledger]\nkeep_days = 3650\n`,
    ...(logged && { logged }),
  });
  ({ world } = selfhost);
}

async function end(): Promise<void> {
  await selfhost.end();
  await rm(folder, { recursive: true });
}

/** Of the one shard. */
async function ledgerFile(state: string): Promise<string> {
  const objects = join(state, "objects/hopgate-Ledger");
  const [file] = (await readdir(objects)).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  return join(objects, file as string);
}

describe("over the state of the version before", () => {
  beforeAll(async () => {
    await unpack();
    await start();
  }, 60_000);
  afterAll(end);

  test("records can be read, and the ledger of each task is whole, in the shards and in the archive", async () => {
    const outcomes = async (txn: string): Promise<string[]> =>
      tellEntries(await ledgerNow(world, txn)).map(({ record }) => ("act" in record ? record.act : record.outcome));
    expect(await outcomes(TASKS.open)).toEqual(["allowed", "allowed", "denied"]);
    expect(await outcomes(TASKS.ended)).toEqual(["allowed", "revoked", "denied"]);
    const files = await readdir(join(folder, "state/archive"), { recursive: true });
    const archive = files
      .filter((name) => name.endsWith(".jsonl.gz"))
      .map((name) => join(folder, "state/archive", name));
    for (const txn of Object.values(TASKS)) {
      const verify = ["audit", "verify", taskOf(txn), "--gateway", world.url, "--archive", ...archive];
      expect(await printed(verify), txn).toContain("the ledger is whole");
    }
  });

  test("revocations still apply, and used proofs and codes are still refused", async () => {
    expect(await refusalOf(await call(world, { chain: made.ended }))).toMatchObject({ status: 401, rule: "revoked" });
    expect(await ruleOf(openAs(world, PAYLOAD, made.envelope, "delivery-2"))).toBe("message_replayed");
    expect(await ruleOf(openAs(world, PAYLOAD, made.envelope, DELIVERY))).toBeUndefined();
  });

  test("policies and registrations apply, and a new request of an old task is admitted and continues its ledger", async () => {
    const before = await ledgerOf(world, TASKS.open, 3);
    expect((await call(world, { chain: made.open })).status).toBe(200);
    const after = await ledgerOf(world, TASKS.open, 4);
    expect(after.slice(0, before.length)).toEqual(before);
    expect(await printed(["audit", "verify", taskOf(TASKS.open), "--gateway", world.url])).toContain(
      "the ledger is whole",
    );
    expect((await call(world)).status).toBe(200);
    const { clients } = (await (await admin(world, "clients")).json()) as { clients: { client_id: string }[] };
    expect(clients.map(({ client_id }) => client_id)).toEqual([KEPT_CLIENT]);
  });
});

test("the tables of the version before are those of this one, because both have the same format", async () => {
  await unpack();
  const fresh = await startSelfhostWorld("upgrade-test");
  const tablesOf = async (state: string): Promise<Map<unknown, unknown>> => {
    const database = new DatabaseSync(await ledgerFile(state), { readOnly: true });
    const tables = database
      .prepare("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND instr(name, '_') <> 1")
      .all();
    database.close();
    return new Map(tables.map(({ name, sql }) => [name, sql]));
  };
  const now = await tablesOf(fresh.state);
  // A change needs another number in worker/ledger/format.ts, and then a new state of this version.
  const changed = [...(await tablesOf(join(folder, "state")))].filter(([name, sql]) => now.get(name) !== sql);
  expect(changed).toEqual([]);
  expect(now.size).toBeGreaterThan(10);
  await fresh.end();
  await rm(folder, { recursive: true });
});

describe("over a ledger in another format", () => {
  let ledger: string;
  afterEach(end);

  const digest = async (): Promise<string> =>
    createHash("sha256")
      .update(await readFile(ledger))
      .digest("hex");

  function change(sql: string): void {
    const database = new DatabaseSync(ledger);
    database.exec(sql);
    database.close();
  }

  const FORMATS: readonly [string, number, StateFile, string][] = [
    ["older", 0, "state-format-1.tgz", "ALTER TABLE tasks DROP COLUMN until"],
    ["older", 1, "state-format-1.tgz", ""],
    ["newer", 99, "state.tgz", "INSERT OR REPLACE INTO marks VALUES ('format', 99)"],
  ];
  test.each(FORMATS.slice(0, cases(FORMATS.length)))(
    "of %s version (%d) no request is admitted, the log and /readyz say why in a line, and nothing is changed",
    async (age, format, file, sql) => {
      await unpack(file);
      ledger = await ledgerFile(join(folder, "state"));
      change(sql);
      const before = await digest();
      let log = "";
      await start((text) => {
        log += text;
      });
      const line = new RegExp(
        `shard 1-0 is in format ${format}, of an? ${age} version; this version reads format \\d+: see docs/`,
      );
      expect(await refusalOf(await call(world))).toMatchObject({ status: 503, rule: "ledger_unavailable" });
      await expect.poll(() => log).toMatch(line);
      const { status, problems } = (await (await readiness(world)).json()) as { status: string; problems: string[] };
      expect(status).toBe("failing");
      expect(problems.join("\n")).toMatch(line);
      await selfhost.stop();
      expect(await digest()).toBe(before);
      await selfhost.start();
    },
  );
});
