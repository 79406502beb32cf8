/**
 * A request is judged once more for each memory that others have changed, by real shards; its own reservations never
 * count against it.
 */
import { describe, expect, test } from "vitest";
import { verificationCore } from "../../worker/core.ts";
import { HopError } from "../../worker/errors.ts";
import { admit } from "../../worker/gateway/admit.ts";
import { byCurrentMemory } from "../../worker/gateway/attempt.ts";
import type { Gateway } from "../../worker/gateway/gateway.ts";
import { createSeenMemories } from "../../worker/gateway/seen-memories.ts";
import { createLedgers } from "../../worker/ledger/all-shards.ts";
import type { TaskPlace } from "../../worker/ledger/ledgers.ts";
import { createShards } from "../../worker/ledger/shards.ts";
import type { MemoryNames, MemoryOwner } from "../../worker/policy/memory.ts";
import type { Decision, VerifiedChain } from "../../worker/types.ts";
import { LEDGER } from "./ledger/shard.ts";

type Sums = Readonly<Record<MemoryOwner, number>>;

const NAMES: MemoryNames = { task: ["n"], caller: ["n"], subject: ["n"] };
const ADDS = { add: { n: 10 }, labels: [] };
const now = () => Date.now();

/** A request of a task, a caller and a subject of its own. */
function request() {
  const own = crypto.randomUUID();
  const subject = { iss: "https://idp.acme.example", sub: own };
  const chain = {
    task: { id: `task ${own}`, txn: own, began: 1, by: { iss: "i", sub: "i" }, within: undefined },
    root: { issuer: "i", claims: {}, own: undefined, policyClaims: {} },
    subject,
    actors: [{ iss: "i", sub: own, proof: "stated" }],
    hops: [{ claims: { sub: own, exp: now() / 1000 + 600 }, scopes: [], name: "hop" }],
    hash: "hash",
    scopes: [],
    expires: now() / 1000 + 600,
    authority: { keys: [], issued: 1 },
    lineage: [],
    proof: "bearer",
    presentation: {
      id: own,
      received: now(),
      route: { id: "orders", audience: "https://orders.acme.example", ttl: 60 },
      operation: { action: "read", scopes: [] },
      method: "GET",
      url: new URL("https://gateway.acme.example/orders"),
      query: [],
      trace: {},
    },
  } as unknown as VerifiedChain;
  const later: Promise<unknown>[] = [];
  const gateway = {
    core: verificationCore(),
    config: { gateway: { id: "https://gateway.acme.example" } },
    ledger: createLedgers(createShards([{ from: 0, count: 8 }]), {
      namespace: LEDGER,
      now,
      sleep: (milliseconds) => scheduler.wait(milliseconds),
      waitUntil: () => undefined,
      written: () => undefined,
      lost: () => undefined,
    }),
    seenMemories: createSeenMemories(),
    afterwards: (work: Promise<unknown>) => later.push(work),
    now,
  } as unknown as Gateway;

  const places = {} as Record<MemoryOwner, TaskPlace>;
  const seen: Sums[] = [];
  interface Judging {
    /** What a policy looks at; all of it, if not given. */
    readonly looksAt?: readonly MemoryOwner[];
    /** What its permits add; to all of it, if not given. */
    readonly adds?: Decision["remembers"];
    /** Others' requests between this judging and its admission. */
    readonly moved?: readonly MemoryOwner[];
    readonly denied?: boolean;
    readonly useUp?: Decision["useUp"];
  }
  /** Judges so, one after the other; the last one stands for all that follow. */
  const run = (...judgings: readonly [Judging, ...Judging[]]) =>
    byCurrentMemory(chain, gateway, async (memory) => {
      const { looksAt = ["task", "caller", "subject"], ...judging } = judgings[seen.length] ?? {};
      for (const owner of ["task", "caller", "subject"] as const) places[owner] = memory.placeOf(owner);
      const { task, today } = memory.context(NAMES);
      const all = { task, ...today } as unknown as Record<MemoryOwner, { readonly n: number }>;
      const sums = Object.fromEntries(looksAt.map((owner) => [owner, all[owner].n])) as unknown as Sums;
      seen.push(sums);
      if (judging.denied) throw new HopError("policy_denied", { evidence: { chain } });
      for (const owner of judging.moved ?? [])
        await gateway.ledger.remember(places[owner], { by: "other", add: { n: 1 }, labels: [] }, crypto.randomUUID());
      const decision = {
        chain,
        policies: [],
        policySet: "",
        errors: [],
        question: { request: { context: {} }, entities: [] },
        remembers: judging.adds ?? { task: ADDS, caller: ADDS, subject: ADDS },
        obligations: {},
        useUp: judging.useUp ?? (async () => undefined),
      } as unknown as Decision;
      return admit(decision, memory, gateway);
    });
  const kept = async (): Promise<Sums> => {
    await Promise.all(later);
    const owners = Object.entries(places).map(async ([owner, place]) => [
      owner,
      (await gateway.ledger.memory(place)).sums["n"] ?? 0,
    ]);
    return Object.fromEntries(await Promise.all(owners));
  };
  return { run, seen, kept, later, places, gateway };
}

describe("a request with limits of the task and of the day", () => {
  test("is decided once if nothing changes", async () => {
    const { run, seen, kept } = request();
    await run({});
    expect(seen).toEqual([{ task: 0, caller: 0, subject: 0 }]);
    expect(await kept()).toEqual({ task: 10, caller: 10, subject: 10 });
  });

  test("is decided twice if another request changes its task, and does not count its own reservations", async () => {
    const { run, seen, kept } = request();
    await run({ moved: ["task"] }, {});
    expect(seen).toEqual([
      { task: 0, caller: 0, subject: 0 },
      { task: 1, caller: 0, subject: 0 },
    ]);
    expect(await kept()).toEqual({ task: 11, caller: 10, subject: 10 });
  });

  test.each<[string, MemoryOwner, MemoryOwner, Sums]>([
    ["the task, then the subject's day", "task", "subject", { task: 1, caller: 0, subject: 0 }],
    ["the caller's day, then the task", "caller", "task", { task: 1, caller: 1, subject: 0 }],
    ["the subject's day, then the task", "subject", "task", { task: 1, caller: 0, subject: 1 }],
  ])("is admitted after two changes by others at different times: %s", async (_, first, second, last) => {
    const { run, seen, kept } = request();
    await run({ moved: [first] }, { moved: [second] }, {});
    // A day that is reserved already may change as it likes: others were judged by the reservation.
    expect(seen).toHaveLength(first === "task" ? 2 : 3);
    expect(seen.at(-1)).toEqual(last);
    const added = (owner: MemoryOwner): number => 10 + ([first, second].includes(owner) ? 1 : 0);
    expect(await kept()).toEqual({ task: added("task"), caller: added("caller"), subject: added("subject") });
  });

  test("adds the difference if the second decision adds something else", async () => {
    const { run, kept } = request();
    const less = { task: ADDS, caller: { add: { n: 4 }, labels: [] }, subject: { add: { n: 25 }, labels: [] } };
    await run({ moved: ["task"] }, { adds: less });
    expect(await kept()).toEqual({ task: 11, caller: 4, subject: 25 });
  });

  test("releases its reservations, once, if the second decision denies it", async () => {
    const { run, kept } = request();
    await expect(run({ moved: ["task"] }, { denied: true })).rejects.toMatchObject({ rule: "policy_denied" });
    expect(await kept()).toEqual({ task: 1, caller: 0, subject: 0 });
  });

  test("releases everything that it has added if its rate or approval is not available", async () => {
    const { run, kept } = request();
    const useUp = async () => {
      throw new HopError("rate_limited");
    };
    await expect(run({ useUp })).rejects.toMatchObject({ rule: "rate_limited" });
    expect(await kept()).toEqual({ task: 0, caller: 0, subject: 0 });
  });

  test("ends its turn with a memory that the second decision does not read", async () => {
    const { run, kept, places, gateway } = request();
    const once = { task: ADDS, subject: ADDS };
    await run({ moved: ["caller"] }, { looksAt: ["task"], adds: once });
    expect(await kept()).toEqual({ task: 10, caller: 1, subject: 10 });
    // The turn is over: otherwise what comes now would be told, and not be written, at once.
    const place = places.caller;
    const shard = LEDGER.getByName(createShards([{ from: 0, count: 8 }]).ofTask(place.id, place.began));
    const memory = { owner: place.id, by: "other", add: { n: 1 }, labels: [] };
    const entry = { task: place.id, txn: "", id: "next", kind: "allowed", emergency: false, names: [], record: "{}" };
    const [next] = await shard.admitAll([{ entry, memory, standings: [], singles: [] }]);
    expect(next).toMatchObject({ admitted: true });
    expect((await gateway.ledger.memory(place)).sums).toEqual({ n: 2 });
  });

  test("is finished even if its caller leaves, because others wait for it", async () => {
    const { run, later, kept } = request();
    const running = run({ moved: ["task"] }, {});
    expect(later).toHaveLength(1);
    await later[0];
    expect(await kept()).toEqual({ task: 11, caller: 10, subject: 10 });
    await running;
  });
});
