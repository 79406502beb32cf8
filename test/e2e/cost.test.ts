/** What an allowed request costs: calls of Durable Objects, and rows that are written for it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readPolicyFiles } from "../../policies/tool/files.ts";
import { publishPolicies } from "../../policies/tool/publish.ts";
import type { Counted } from "./counted.ts";
import { ADMIN_TOKEN, call, chainNow, ledgerOf, startWorld, type World } from "./harness.ts";
import { EXCHANGE, post, registerCast, TYPE } from "./oauth.ts";
import { wrapWorker } from "./wrapped.ts";

const CALLS = 2;
const ROWS = 5;
/** The task, its two indexes, and who takes part in it. */
const ROWS_OF_TASK = 4;
/** Three actors, their scopes, their chain: however many requests it is for. */
const MOST_BEHIND = 20;
const REQUESTS = 40;

let counting: string;
let world: World;
beforeAll(async () => {
  counting = await wrapWorker("counting");
  world = await startWorld({ bundle: counting });
});
afterAll(() => world.stop());

/** What was counted since it was read last. */
async function counted({ url }: World = world): Promise<Counted & { readonly milliseconds: number }> {
  const counts = (await (await fetch(`${url}/counted`)).json()) as Counted;
  const milliseconds = Date.now() - read;
  read = Date.now();
  return { ...counts, milliseconds };
}
let read = Date.now();
const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((total, each) => total + each, 0);
const chainOf = (txn: string): Promise<string> => chainNow({ 0: { claims: { txn } } });
const newTask = (): string => `task-${crypto.randomUUID()}`;

/** Sends one request after the other, which shares no commit, until all of them are settled. */
async function send(chains: readonly string[]): Promise<void> {
  for (const chain of chains) expect((await call(world, { chain })).status).toBe(200);
}

/** What is read of the ledger is counted too: these calls are the test's own. */
const OWN = ["LEDGER.entries", "LEDGER.tasks", "LEDGER.waiting"];
/** What was counted goes to the sums of all isolates every five seconds, however many requests there were. */
const METRICS = "TOTALS.add";
const mostMetrics = (milliseconds: number): number => 2 + Math.floor(milliseconds / 5000);
/** Written behind the requests, for all that go to the long-term store together. */
const BEHIND = /^INSERT.* INTO (workloads|scopes|uses|chains|marks) /s;

interface Cost {
  readonly calls: Record<string, number>;
  /** For each request. */
  readonly rows: number;
  /** For each object of the long-term store. */
  readonly behind: number;
}

async function costs(): Promise<Cost> {
  const { calls, rows, milliseconds } = await counted();
  const [behind, own] = [true, false].map((is) =>
    sum(Object.fromEntries(Object.entries(rows).filter(([query]) => BEHIND.test(query) === is))),
  ) as [number, number];
  expect(calls[METRICS] ?? 0).toBeLessThanOrEqual(mostMetrics(milliseconds));
  const objects = rows["INSERT OR REPLACE INTO marks VALUES (?, ?)"] ?? 1;
  return {
    calls: Object.fromEntries(Object.entries(calls).filter(([name]) => !OWN.includes(name) && name !== METRICS)),
    rows: own / REQUESTS,
    behind: behind / objects,
  };
}

/** What is made once is made, and nothing of it is written later. */
beforeEach(async () => {
  const txn = newTask();
  await send([await chainOf(txn)]);
  await ledgerOf(world, txn, 1);
});

describe("an allowed request", () => {
  test(`of a known task costs at most ${CALLS} calls of Durable Objects and at most ${ROWS} rows, with its outcome`, async () => {
    const txn = newTask();
    const chain = await chainOf(txn);
    await send([chain]);
    await ledgerOf(world, txn, 1);
    await counted();
    await send(Array.from({ length: REQUESTS }, () => chain));
    await ledgerOf(world, txn, REQUESTS + 1);
    const { calls, rows, behind } = await costs();
    console.log("rows of a request:", rows, "and of what goes to the long-term store together:", behind);
    expect(calls).toMatchObject({ "LEDGER.admitAll": REQUESTS });
    // The outcome of a request is sent with the next admission, if one comes soon.
    expect(sum(calls)).toBeLessThanOrEqual(CALLS * REQUESTS);
    // Its entry is there with the entry's id: a count that misses those is none.
    expect(rows).toBeGreaterThanOrEqual(2);
    expect(rows).toBeLessThanOrEqual(ROWS);
    expect(behind).toBeLessThanOrEqual(MOST_BEHIND);
  });

  test(`that begins a task costs no more calls, and ${ROWS_OF_TASK} rows for the task`, async () => {
    const txns = Array.from({ length: REQUESTS }, newTask);
    const chains = await Promise.all(txns.map(chainOf));
    await counted();
    await send(chains);
    for (const txn of txns) await ledgerOf(world, txn, 1);
    const { calls, rows, behind } = await costs();
    expect(calls).toMatchObject({ "LEDGER.admitAll": REQUESTS });
    expect(sum(calls)).toBeLessThanOrEqual(CALLS * REQUESTS);
    expect(rows).toBeLessThanOrEqual(ROWS + ROWS_OF_TASK);
    expect(behind).toBeLessThanOrEqual(MOST_BEHIND);
  });
});

test("a request without proof costs no call and no row", async () => {
  await counted();
  expect((await call(world, { chain: await chainNow({ 0: { signedBy: "mallory" } }) })).status).toBe(401);
  expect(sum((await costs()).calls)).toBe(0);
});

describe("64 made-up refresh tokens at once ask no store of grants if people do not sign in:", () => {
  const exchanged = { grant_type: EXCHANGE, subject_token_type: TYPE.access };

  test.each<[string, string, number, (secret: string) => Record<string, string>]>([
    ["revoked", "revoke", 200, (token) => ({ token })],
    ["introspected", "introspect", 200, (token) => ({ token })],
    ["sent to end a task", "tasks/any/end", 400, (token) => ({ token })],
    ["renewed", "token", 400, (refresh_token) => ({ grant_type: "refresh_token", refresh_token })],
    ["redeemed as codes", "token", 400, (code) => ({ grant_type: "authorization_code", code })],
    ["exchanged", "token", 400, (subject_token) => ({ ...exchanged, subject_token })],
  ])("%s", async (_, path, status, formOf) => {
    await registerCast(world);
    await counted();
    const sent = Array.from({ length: 64 }, (_each, shard) => {
      const secret = `hg${shard}.${"k".repeat(43)}.${"s".repeat(43)}`;
      return post(world, `/oauth/${path}`, formOf(secret));
    });
    const answers = await Promise.all(sent);
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([status]));
    expect(Object.keys((await counted()).calls).filter((name) => name.startsWith("GRANTS"))).toEqual([]);
  });
});

test("with policies that remember, requests of a task that follow one another are judged once, and cost a call more for each memory of a day", async () => {
  const publish = async (count: string, limited: string): Promise<void> => {
    const files = await readPolicyFiles("policies");
    const cedarText = `${files.cedarText.replace('@id("support-reads-orders")', `$&\n@count("${count}")`)}
forbid (principal, action == Action::"orders:read", resource) when { context.${limited} >= 1000 };`;
    const schemaText = files.schemaText
      .replace("  task: {", "  task: { reads: Long,")
      .replace("  task: {", "  today: { caller: { reads: Long } },\n  task: {");
    const remote = { gateway: world.url, adminToken: ADMIN_TOKEN };
    await publishPolicies({ ...files, cedarText, schemaText }, remote, world.publisher);
  };
  const callsOf = async (count: number): Promise<Record<string, number>> => {
    const txn = newTask();
    const chain = await chainOf(txn);
    expect((await call(world, { chain })).status).toBe(200);
    await ledgerOf(world, txn, 1);
    await counted();
    for (let n = 0; n < count; n++) expect((await call(world, { chain })).status).toBe(200);
    return (await counted()).calls;
  };
  await publish("reads", "task.reads");
  const ofTask = await callsOf(20);
  expect(ofTask["LEDGER.admitAll"]).toBe(20);
  for (const more of ["LEDGER.admit", "LEDGER.memory", "LEDGER.remember"]) expect(ofTask[more], more).toBeUndefined();
  await publish("today.caller.reads", "today.caller.reads");
  await expect.poll(async () => (await callsOf(1))["LEDGER.remember"], { interval: 500 }).toBe(1);
  const ofDay = await callsOf(20);
  expect([ofDay["LEDGER.admitAll"], ofDay["LEDGER.remember"]]).toEqual([20, 20]);
  for (const more of ["LEDGER.admit", "LEDGER.memory"]) expect(ofDay[more], more).toBeUndefined();
});

test("with [signs], and a policy that looks at them, requests with nothing new cost one call more for all that an isolate serves in ten seconds", async () => {
  const watched = await startWorld({
    bundle: counting,
    withoutPolicies: true,
    edit: (config) => `${config}\n[signs]\n`,
  });
  try {
    const files = await readPolicyFiles("policies");
    const cedarText = `${files.cedarText}\nforbid (principal, action, resource) when { context has signs && context.signs.contains("slept") };`;
    await publishPolicies(
      { ...files, cedarText },
      { gateway: watched.url, adminToken: ADMIN_TOKEN },
      watched.publisher,
    );
    const txn = newTask();
    const chain = await chainOf(txn);
    expect((await call(watched, { chain })).status).toBe(200);
    // The request and what was noticed of it.
    await ledgerOf(watched, txn, 2);
    const first = (await counted(watched)).calls;
    expect([first["SEEN.look"], first["SEEN.see"]]).toEqual([1, 1]);
    for (let n = 0; n < 20; n++) expect((await call(watched, { chain })).status).toBe(200);
    const { calls, milliseconds } = await counted(watched);
    expect(calls["LEDGER.admitAll"]).toBe(20);
    expect(calls["SEEN.look"] ?? 0).toBeLessThanOrEqual(1 + Math.floor(milliseconds / 10_000));
    expect(calls["SEEN.see"]).toBeUndefined();
  } finally {
    await watched.stop();
  }
});
