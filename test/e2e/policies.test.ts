/** The life of policies over HTTP and by the command line: publish, compare, roll back, explain. */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CAST, craftChain } from "../vectors/craft.ts";
import { hopgate, type Ran } from "./command-line.ts";
import { call, eventually, ledgerOf, nowSeconds, readiness, refusalOf, startWorld, type World } from "./harness.ts";

let world: World;
let folder: string;
beforeAll(async () => {
  world = await startWorld();
  folder = await mkdtemp(join(tmpdir(), "hopgate-policies-"));
  await cp("policies", folder, { recursive: true });
  await writeFile(join(folder, "publisher.json"), JSON.stringify(world.publisher));
});
afterAll(async () => {
  await world.stop();
  await rm(folder, { recursive: true });
});

const policy = (...args: string[]): Promise<Ran> =>
  hopgate(["policy", ...args], { HOPGATE_PUBLISHER_KEY: join(folder, "publisher.json") });
const atGateway = (): string[] => ["--gateway", world.url];

/** Changes the copy of the policies. */
async function edit(from: string, to: string): Promise<void> {
  const file = join(folder, "acme.cedar");
  const text = await readFile(file, "utf8");
  if (!text.includes(from)) throw new Error(`acme.cedar lacks ${from}`);
  await writeFile(file, text.replace(from, to));
}

async function currentSet(): Promise<string> {
  return ((await (await readiness(world)).json()) as { policies: string }).policies;
}

describe("a change of policies", () => {
  let first: string;
  const txn = `task-${crypto.randomUUID()}`;
  const refund = async (): Promise<Response> => {
    const chain = await craftChain(nowSeconds(), { 0: { claims: { txn } } });
    return call(world, { method: "POST", path: "/refunds", chain: chain.chain });
  };

  test("with an error is not published, and the error has file, line and column", async () => {
    first = await currentSet();
    await edit('@reason("partners may only read")', '@reason("partners may only read") @scope("x")');
    const { code, out } = await policy("check", folder);
    expect([code, out]).toEqual([
      1,
      expect.stringMatching(/^acme\.cedar:\d+:\d+: error: `@scope` has no effect on a forbid/),
    ]);
    expect((await policy("publish", folder, ...atGateway())).code).toBe(1);
    expect(await currentSet()).toBe(first);
    await edit(' @scope("x")', "");
  });

  test("is shown by diff, with the tests that it affects", async () => {
    await edit('@max_ttl("30")', '@max_ttl("29")');
    await edit("context.depth > 3", "context.depth > 1");
    const { code, out } = await policy("diff", folder, ...atGateway());
    expect(code).toBe(0);
    expect(out).toContain("changed: refund-for-a-person");
    expect(out).toMatch(/^\+ {2}@max_ttl\("29"\)/m);
    expect(out).toContain("changed: no-deep-chains");
    expect(out).toMatch(/[1-9]\d* of \d+ tests have another answer/);
  });

  test("decides nothing as a candidate, and requests that it would decide differently are listed with their chains", async () => {
    const published = await policy("publish", folder, "--shadow", "--note", "shallower", ...atGateway());
    expect(published).toMatchObject({ code: 0, out: expect.stringContaining("in shadow mode for 100 %") });
    expect((await refund()).status).toBe(200);
    await ledgerOf(world, txn, 1);
    const live = await eventually(
      () => policy("diff", "--live", ...atGateway()),
      ({ out }) => out.includes("1 of 1"),
    );
    expect(live.out).toContain("1 of 1 requests would be decided differently");
    expect(live.out).toMatch(/current +allow by refund-for-a-person/);
    expect(live.out).toMatch(/candidate +deny by no-deep-chains/);
    expect(live.out).toContain(`${CAST.agent} (registered) -> ${CAST.service} (registered)`);
    expect(live.out).toContain(`for        ${CAST.issuer} alice`);
  });

  test("decides as soon as it is published, and is rolled back by one command", async () => {
    expect((await policy("publish", folder, ...atGateway())).code).toBe(0);
    const refusal = await refusalOf(await refund());
    expect(refusal.description).toContain("the task was delegated more than three times");
    expect((await policy("rollback", ...atGateway())).out).toContain(`${first} is current again`);
    expect((await refund()).status).toBe(200);
    expect(await currentSet()).toBe(first);
    const { out } = await policy("list", ...atGateway());
    expect(out.match(/^ +\*? +\d+ /gm)).toHaveLength(4);
    expect(out).toContain("shallower");
    expect(out).toContain("rollback from");
    const unknown = await policy("rollback", "A".repeat(43), ...atGateway());
    expect([unknown.code, unknown.out]).toEqual([
      1,
      expect.stringContaining(`no release had the set \`${"A".repeat(43)}\``),
    ]);
  });

  test("does not affect explain, which evaluates a recorded decision by the set that decided it", async () => {
    const entries = await ledgerOf(world, txn, 3);
    const records = entries.map(({ record }) => JSON.parse(record) as { id: string; outcome: string });
    const denied = records.find(({ outcome }) => outcome === "denied")?.id as string;
    const { code, out } = await policy("explain", denied, ...atGateway());
    expect(code).toBe(0);
    expect(out).toContain("DENY  POST /refunds");
    expect(out).toContain("forbid no-deep-chains: decided");
    expect(out).toMatch(/true +context\.depth > 1/);
    expect(out).toContain("permit refund-for-a-person: overruled");
    expect(out).toContain("evaluated again: the same policies decide");
    const allowed = await policy("explain", records[0]?.id as string, ...atGateway());
    expect(allowed.out).toContain("permit refund-for-a-person: decided");
  });

  test("signed by an unknown key is not published", async () => {
    const stranger = join(folder, "stranger.json");
    const { newKey } = await import("../../sdk/keys.ts");
    await writeFile(stranger, JSON.stringify(await newKey()));
    const { code, out } = await policy("publish", folder, "--key", stranger, ...atGateway());
    expect([code, out]).toEqual([1, expect.stringContaining("not signed by a publisher's key")]);
    expect(await currentSet()).toBe(first);
  });

  test("is no longer compared after unshadow", async () => {
    expect((await policy("unshadow", ...atGateway())).code).toBe(0);
    expect((await policy("diff", "--live", ...atGateway())).out).toContain("there is no candidate");
  });
});
