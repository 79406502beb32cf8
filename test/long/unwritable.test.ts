/**
 * A self-hosted gateway that cannot write its state: nothing unrecorded passes, it reports it, and it recovers by
 * itself.
 */
import { execFile } from "node:child_process";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { succeeds } from "../../local/execute.ts";
import { call, chainNow, ledgerNow, readiness, refusalOf, type World } from "../e2e/harness.ts";
import { type SelfhostWorld, startSelfhostWorld } from "../e2e/selfhost-world.ts";

const run = promisify(execFile);

/** How writing is made to fail, and to succeed again. */
interface Way {
  fail(selfhost: SelfhostWorld): Promise<unknown>;
  mend(selfhost: SelfhostWorld): Promise<unknown>;
  /** Starts it so that its first write fails; mended when that has ended. */
  startFailing(selfhost: SelfhostWorld): Promise<unknown>;
}

const disk = await mkdtemp(join(tmpdir(), "hopgate-full-"));
const mounted = await succeeds("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", disk]);
const filler = join(disk, "filler");
afterAll(async () => {
  if (mounted) await run("umount", [disk]);
  await rm(disk, { recursive: true });
});

/** RLIMIT_FSIZE needs no privilege, so this one runs everywhere. The signal that comes with it would end workerd. */
const IGNORING = ["env", "--ignore-signal=XFSZ"];
const limit = ({ pid }: SelfhostWorld, bytes: string): Promise<unknown> =>
  run("prlimit", ["--pid", `${pid()}`, `--fsize=${bytes}:unlimited`]);
const REFUSED: Way = {
  fail: (selfhost) => limit(selfhost, "0"),
  mend: (selfhost) => limit(selfhost, "unlimited"),
  startFailing: (selfhost) => selfhost.start([...IGNORING, "prlimit", "--fsize=0"]),
};
const FULL: Way = {
  fail: () => fill(filler),
  mend: () => rm(filler),
  startFailing: async (selfhost) => {
    await fill(filler);
    await selfhost.start().finally(() => rm(filler));
  },
};

/** Fills the file system to the last byte. */
async function fill(file: string): Promise<void> {
  const handle = await open(file, "w");
  for (let size = 1_048_576; size >= 1; ) {
    const { bytesWritten } = await handle.write(Buffer.alloc(size)).catch(() => ({ bytesWritten: 0 }));
    if (bytesWritten < size) size = Math.floor(size / 2);
  }
  await handle.close();
}

describe.each([
  { name: "whose every write fails", way: REFUSED, state: undefined, runs: true },
  { name: "whose disk is full (if mount is allowed)", way: FULL, state: join(disk, "state"), runs: mounted },
])("a gateway $name", ({ way, state, runs }) => {
  let selfhost: SelfhostWorld;
  let world: World;
  let log = "";
  beforeAll(async () => {
    if (!runs) return;
    const logged = (text: string): void => {
      log += text;
    };
    selfhost = await startSelfhostWorld("selfhost-full-test", { through: IGNORING, logged, ...(state && { state }) });
    ({ world } = selfhost);
  });
  afterAll(() => selfhost?.end());

  const ready = async (): Promise<{ status: string; problems: string[] }> =>
    (await readiness(world)).json() as Promise<{ status: string; problems: string[] }>;
  const becomes = (status: string) => expect.poll(async () => (await ready()).status).toBe(status);

  test.runIf(runs)(
    "refuses every request, reports it in readiness and in its log, and serves again without a restart",
    async () => {
      const txn = `task-${crypto.randomUUID()}`;
      const chain = await chainNow({ 0: { claims: { txn } } });
      const asked = (): number => world.upstream.asked.get("/orders/17") ?? 0;
      expect((await call(world, { chain })).status).toBe(200);
      await becomes("ready");

      await way.fail(selfhost);
      // Nobody sends a request: a proxy in front asks /readyz.
      await becomes("failing");
      expect((await ready()).problems.join()).toContain("the ledger could not be written");
      const before = asked();
      const refused = await Promise.all(Array.from({ length: 64 }, () => call(world, { chain }).then(refusalOf)));
      for (const each of refused) expect(each).toMatchObject({ status: 503, rule: "ledger_unavailable" });
      expect(asked()).toBe(before);
      expect((await fetch(`${world.url}/healthz`)).status).toBe(200);
      expect(log).toContain('"event":"readiness_failed"');
      expect(log).toMatch(/"rule":"ledger_unavailable".*"error":/);

      await way.mend(selfhost);
      await becomes("ready");
      expect((await call(world, { chain })).status).toBe(200);
      // What was answered is on record, and what was refused is not.
      expect((await ledgerNow(world, txn)).length).toBeGreaterThanOrEqual(2);
      expect(asked()).toBe(before + 1);
    },
  );

  test.runIf(runs)("does not start, says why, and starts once it can", async () => {
    const chain = await chainNow();
    await selfhost.stop();
    log = "";
    await expect(way.startFailing(selfhost)).rejects.toThrow("it ended before it was ready");
    expect(log).toMatch(/SQLite failed.*disk/);
    await selfhost.start();
    expect((await ready()).status).toBe("ready");
    expect((await call(world, { chain })).status).toBe(200);
  });
});
