/** The long-term store: every entry arrives through the queue, and a ledger can be checked against it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hopgate } from "./command-line.ts";
import { call, chainNow, eventually, ledgerOf, startWorld, taskOf, type World } from "./harness.ts";

let world: World;
let folder: string;
beforeAll(async () => {
  world = await startWorld();
  folder = await mkdtemp(join(tmpdir(), "hopgate-archive-"));
});
afterAll(async () => {
  await world.stop();
  await rm(folder, { recursive: true });
});

async function objects(): Promise<Map<string, string>> {
  const bucket = await world.gateway.miniflare.getR2Bucket("ARCHIVE");
  const { objects: listed } = await bucket.list({ prefix: "ledger/" });
  const texts = await Promise.all(
    listed.map(async ({ key }) => [key, (await (await bucket.get(key))?.text()) ?? ""] as const),
  );
  return new Map(texts);
}

test("entries of many tasks arrive as CloudEvents, and verify against their ledger", async () => {
  const txns = [crypto.randomUUID(), crypto.randomUUID()];
  for (const txn of txns) {
    const chain = await chainNow({ 0: { claims: { txn } } });
    for (let i = 0; i < 25; i++) await call(world, { chain });
    await ledgerOf(world, txn, 25);
  }
  const count = (text: string, txn: string): number => text.split(`urn:hopgate:task:${taskOf(txn)}`).length - 1;
  const stored = await eventually(
    objects,
    (found) => txns.every((txn) => count([...found.values()].join(), txn) >= 25),
    20_000,
  );
  const [key, text] = [...stored][0] as [string, string];
  expect(key).toMatch(/^ledger\/\d{4}\/\d{2}\/\d{2}\/\d{6}\.\d{3}-.+\.jsonl$/);
  const [line] = text.split("\n");
  expect(JSON.parse(line as string)).toMatchObject({
    specversion: "1.0",
    type: "dev.hopgate.decision.v1",
    data: { outcome: "allowed" },
  });

  const files = await Promise.all(
    [...stored.values()].map(async (content, index) => {
      const file = join(folder, `${index}.jsonl`);
      await writeFile(file, content);
      return file;
    }),
  );
  const verify = async (): Promise<string> =>
    (await hopgate(["audit", "verify", txns[0] as string, "--gateway", world.url, "--against", ...files])).out;
  expect(await verify()).toContain("the ledger is whole");
  // A store that tells of an entry otherwise than the ledger does.
  await writeFile(files[0] as string, (stored.values().next().value as string).replaceAll(/(hash\\":\\")./g, "$1!"));
  expect(await verify()).toMatch(/entry \d+ of the export is not there any more, or was changed/);
});
