/**
 * Finding requests by path and arguments: what a step of a shard finds, and how the steps of several shards go
 * together.
 */
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { argumentsOf, type FoundRequests, isAskedFor, type RequestSearch } from "../../../worker/ledger/asked.ts";
import { lookThroughAll } from "../../../worker/ledger/look-through.ts";
import type { Ledger } from "../../../worker/ledger/shard.ts";
import { admissionOf, entryOf, LEDGER, rowsOf, type Shard } from "./shard.ts";

const shard = LEDGER.getByName("look through");
const DECIMAL = { __extn: { fn: "decimal", arg: "300.0000" } };

/** A recorded request, as far as the search reads it. */
function requestOf(id: string, path: string, context: object = {}) {
  const record = JSON.stringify({
    id,
    time: new Date().toISOString(),
    outcome: "allowed",
    request: { route: "invoices", method: "POST", path },
    decision: { question: { request: { action: { type: "Action", id: "pay" }, context } } },
  });
  return entryOf(`task-${id}`, id, { txn: `ticket-${id}`, record });
}

const tool = (given: object) => ({ tool: { name: "pay", arguments: given } });

const ENTRIES = [
  requestOf("a", "/invoices/7"),
  requestOf("b", "/invoices/70"),
  requestOf("c", "/invoices/7/payments", { query: { parameters: [{ name: "dry", value: "true" }] } }),
  requestOf("d", "/mcp", tool({ invoice: 7, amount: DECIMAL })),
  requestOf("e", "/mcp", tool({ invoice: "7", note: "100%" })),
  requestOf("f", "/mcp", tool({ other: "invoice", note: "70" })),
  requestOf("g", "/a%20b", { details: { type: "payment", invoice: 8, labels: ["new", "paid"] } }),
];

beforeAll(async () => {
  for (const entry of ENTRIES) await shard.admit(admissionOf(entry));
  const act = JSON.stringify({
    id: "x",
    time: new Date().toISOString(),
    act: "viewed",
    by: {},
    about: { path: "/mcp" },
  });
  await shard.admit(admissionOf(entryOf("gateway:2026-11-26", "x", { kind: "viewed", record: act })));
});

/** Two records with it are more than a step. */
const LONG = "x".repeat(600_000);

const ALL: RequestSearch = { arguments: [], since: 0, before: Number.MAX_SAFE_INTEGER, limit: 100 };

const ids = async (wanted: Partial<RequestSearch>): Promise<string> =>
  ((await shard.lookThrough({ ...ALL, ...wanted })) as FoundRequests).found.map(({ id }) => id).join("");

describe("a search for requests", () => {
  test.each<[string, Partial<RequestSearch>, string]>([
    ["a path and everything below it", { path: "/invoices/7" }, "ca"],
    ["everything below a path that ends in a slash, and not the path", { path: "/invoices/7/" }, "c"],
    ["every path, and no act", { path: "/" }, "gfedcba"],
    ["a path with an escape", { path: "/a%20b" }, "g"],
    ["an argument, as number or as text", { arguments: [{ name: "invoice", value: "7" }] }, "ed"],
    ["a decimal by its value", { arguments: [{ name: "amount", value: "300" }] }, "d"],
    ["a parameter of the query", { arguments: [{ name: "dry", value: "true" }] }, "c"],
    ["a member of the details", { arguments: [{ name: "invoice", value: "8" }] }, "g"],
    ["an element of a list", { arguments: [{ name: "labels", value: "paid" }] }, "g"],
    ["only what has all arguments", { arguments: ["7", "8"].map((value) => ({ name: "invoice", value })) }, ""],
    ["path and argument together", { path: "/mcp", arguments: [{ name: "note", value: "100%" }] }, "e"],
    ["as many as are asked for", { path: "/mcp", limit: 2 }, "fe"],
  ])("finds %s", async (_, wanted, found) => {
    expect(await ids(wanted)).toBe(found);
  });

  test.each<[string, Partial<RequestSearch>]>([
    ["% in a path", { path: "/%" }],
    ["_ in a path", { path: "/invoices/_" }],
    ["* and ? in a path", { path: "/invoices/?*" }],
    ["a quotation mark that would end the text of SQL", { path: "/' OR '1'='1" }],
    ["a quotation mark that would end the text of JSON", { path: '/invoices","path":"' }],
    ["a piece of the record that is no path", { path: "/ledger" }],
    ["% as a value", { arguments: [{ name: "note", value: "%" }] }],
    ["% as a name", { arguments: [{ name: "%", value: "7" }] }],
    ["a name of the prototype", { arguments: [{ name: "__proto__", value: "7" }] }],
    ["a name of the record itself", { arguments: [{ name: "outcome", value: "allowed" }] }],
  ])("reads %s as itself, and finds nothing", async (_, wanted) => {
    expect(await ids(wanted)).toBe("");
  });

  test("returns task, path and arguments of what it finds", async () => {
    const { found } = await shard.lookThrough({ ...ALL, arguments: [{ name: "amount", value: "300.0" }] });
    expect(found).toMatchObject([
      {
        id: "d",
        task: "task-d",
        txn: "ticket-d",
        outcome: "allowed",
        path: "/mcp",
        arguments: [
          { name: "invoice", value: "7" },
          { name: "amount", value: "300.0000" },
        ],
      },
    ]);
  });

  test("fails if an entry was changed on disk, rather than leave it out", async () => {
    const changed = LEDGER.getByName("look through: changed on disk");
    await changed.admit(admissionOf(requestOf("a", "/invoices/7")));
    await rowsOf(changed, "UPDATE entries SET record = x'ffffffff'");
    const search = runInDurableObject(changed, (instance: Ledger) =>
      instance.lookThrough({ ...ALL, path: "/invoices/7" }),
    );
    await expect(search).rejects.toThrow(/^entry 1 of task `\S+` cannot be read: its row was changed on disk$/);
  });

  test("looks at nothing older than `since`, nor at what is as new as `before`", async () => {
    const { found } = await shard.lookThrough({ ...ALL, path: "/invoices/7" });
    const [newer, older] = found.map(({ written }) => written) as [number, number];
    expect(await ids({ path: "/invoices/7", since: newer })).toBe("c");
    expect(await ids({ path: "/invoices/7", before: newer })).toBe("a");
    expect(await ids({ path: "/invoices/7", before: older })).toBe("");
  });

  test("reads about a million characters in a step, says how far it came, and continues there", async () => {
    const busy = LEDGER.getByName("look through many");
    await busy.admit(admissionOf(requestOf("rare", "/rare")));
    for (const id of ["one", "two"]) await busy.admit(admissionOf(requestOf(id, "/orders", tool({ note: LONG }))));
    const first = (await busy.lookThrough({ ...ALL, path: "/rare" })) as FoundRequests;
    expect(first).toEqual({ found: [], reached: expect.any(Number) });
    const second = (await busy.lookThrough({
      ...ALL,
      path: "/rare",
      before: first.reached as number,
    })) as FoundRequests;
    expect(second).toMatchObject({ found: [{ id: "rare" }], reached: undefined });
  });
});

describe("several shards", () => {
  const shards = ["one", "two", "three"].map((name) => LEDGER.getByName(`look through ${name}`));
  const lookOnce = async (step: RequestSearch): Promise<FoundRequests[]> =>
    Promise.all(shards.map(async (each) => (await each.lookThrough(step)) as FoundRequests));

  beforeAll(async () => {
    // The first shard has far more than a step, so that the others are ahead of it.
    await (shards[1] as Shard).admit(admissionOf(requestOf("first", "/wanted/1")));
    for (let i = 0; i < 5; i++) {
      const long = admissionOf(requestOf(`m${i}`, "/orders", tool({ note: LONG })));
      await (shards[0] as Shard).admitAll([long, admissionOf(requestOf(`w${i}`, `/wanted/w${i}`))]);
      await (shards[2] as Shard).admit(admissionOf(requestOf(`t${i}`, `/wanted/t${i}`)));
    }
  });

  test("find what any of them has, newest first, each once", async () => {
    const { found, reached } = await lookThroughAll({ ...ALL, path: "/wanted" }, lookOnce);
    expect(reached).toBeUndefined();
    expect(found.map(({ id }) => id)).toHaveLength(11);
    expect(new Set(found.map(({ id }) => id)).size).toBe(11);
    expect(found.map(({ written }) => written)).toEqual(found.map(({ written }) => written).sort((a, b) => b - a));
  });

  test("turn a page after every line without omitting anything", async () => {
    const pages: string[] = [];
    for (let before: number | undefined = ALL.before; before !== undefined; ) {
      const page: FoundRequests = await lookThroughAll({ ...ALL, path: "/wanted", before, limit: 1 }, lookOnce);
      pages.push(...page.found.map(({ id }) => id));
      before = page.reached;
    }
    expect(pages.sort()).toEqual(["first", "t0", "t1", "t2", "t3", "t4", "w0", "w1", "w2", "w3", "w4"]);
  });

  test("a search takes at most ten steps, and says how far it came", async () => {
    let steps = 0;
    const endless = async (step: RequestSearch): Promise<FoundRequests[]> => {
      steps++;
      return [{ found: [], reached: step.before - 1 }];
    };
    const asked = { ...ALL, before: 1000, path: "/none" };
    expect(await lookThroughAll(asked, endless)).toEqual({ found: [], reached: 990 });
    expect(steps).toBe(10);
  });
});

test("an argument that two sources give is listed once", () => {
  const context = { tool: { name: "pay", arguments: { invoice: 7 } }, details: { type: "payment", invoice: 7 } };
  const question = { request: { context } };
  expect(argumentsOf({ decision: { question } } as never)).toEqual([{ name: "invoice", value: "7" }]);
});

describe("of a request with a list of 100,000 different values", () => {
  const record = {
    request: { path: "/orders" },
    decision: {
      question: { request: { context: tool({ labels: Array.from({ length: 100_000 }, (_, n) => `l${n}`) }) } },
    },
  } as never;

  test("the first 100 are listed", () => {
    expect(argumentsOf(record)).toEqual(Array.from({ length: 100 }, (_, n) => ({ name: "labels", value: `l${n}` })));
  });

  test("each is found, the last too", () => {
    const isFound = (value: string) => isAskedFor(record, { arguments: [{ name: "labels", value }] });
    expect(["l0", "l99999", "l100000"].map(isFound)).toEqual([true, true, false]);
  });
});
