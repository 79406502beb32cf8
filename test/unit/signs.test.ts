/** Signs: what is a fact, what of it is new, where it is kept, and who has to wait for it. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { Actor, ChainFacts } from "../../worker/chain/types.ts";
import { SIGN_DEFAULTS, type SignSettings } from "../../worker/config.ts";
import { verificationCore } from "../../worker/core.ts";
import type { Env } from "../../worker/env.ts";
import { HopError } from "../../worker/errors.ts";
import type { Gateway } from "../../worker/gateway/gateway.ts";
import type { SignEdges } from "../../worker/gateway/sign-edges.ts";
import { createRequestSigns, noticeAdmitted, noticeDenied } from "../../worker/gateway/signs.ts";
import { factsOf } from "../../worker/signs/fact.ts";
import type { Seen } from "../../worker/signs/seen.ts";
import { type Known, signsOf } from "../../worker/signs/sign.ts";
import { createWatch } from "../../worker/signs/watch.ts";
import type { VerifiedChain } from "../../worker/types.ts";
import { planned } from "./plans.ts";

const { sha256 } = verificationCore();
const { SEEN } = env as unknown as Env;
const newStore = () => SEEN.getByName(crypto.randomUUID());
const DAY_MS = 24 * 3600 * 1000;

const actor = (sub: string, proof: Actor["proof"] = "registered"): Actor => ({ iss: "https://a.example", sub, proof });
const [APP, AGENT] = [actor("https://a.example/app"), actor("https://a.example/agent")];

function chainOf(actors: readonly Actor[], keys: readonly string[] = []): ChainFacts {
  const root = { issuer: "https://idp.example", claims: { client_id: "web" } };
  const hops = actors.map((_, index) => ({ thumbprint: keys[index] ?? `key-${index}`, claims: {} }));
  // The registry says who answers for everybody but those whose names are told.
  const ownership = actors.map(({ proof }) => (proof === "told" ? undefined : { owner: "team", purpose: "tests" }));
  return { actors, hops, root, ownership } as unknown as ChainFacts;
}
const place = { route: "orders", country: "DE" };

describe("facts of a request", () => {
  test("are its pairs of actors, route, country, client and the caller's key", () => {
    const { caller, facts, depth } = factsOf(chainOf([APP, AGENT]), place, sha256);
    expect({ caller, depth }).toEqual({ caller: AGENT.sub, depth: 1 });
    expect(facts.map(({ kind, what }) => [kind, what])).toEqual([
      ["pair", `${APP.sub} -> ${AGENT.sub}`],
      ["route", "orders"],
      ["country", "DE"],
      ["client", "web of https://idp.example"],
      ["key", "key-1"],
    ]);
  });

  test("of a child are its delegator's, so that an invented name is not new", () => {
    const own = factsOf(chainOf([APP, AGENT]), place, sha256);
    const made = factsOf(chainOf([APP, AGENT, actor("https://a.example/agent/1", "child")]), place, sha256);
    expect(made.caller).toBe(own.caller);
    expect(made.facts).toEqual(own.facts);
  });

  test("of a told name are its delegator's too, and that it has no owner, once for any number of names", () => {
    const own = factsOf(chainOf([APP, AGENT]), place, sha256);
    const told = ["x", "y"].map((name) =>
      factsOf(chainOf([APP, AGENT, actor(`https://a.example/${name}`, "told")]), place, sha256),
    );
    expect(told[0]).toEqual({ ...told[1], depth: 2 });
    expect(told[0]?.caller).toBe(own.caller);
    const more = told[0]?.facts.filter(({ digest }) => !own.facts.some((each) => each.digest === digest));
    expect(more).toMatchObject([{ kind: "unowned", what: `a name that ${AGENT.sub} tells` }]);
  });

  test("include the actors without an owner, each once", () => {
    const chain = { ...chainOf([APP, AGENT]), ownership: [undefined, undefined] };
    const { facts } = factsOf(chain, place, sha256);
    expect(facts.filter(({ kind }) => kind === "unowned").map(({ what }) => what)).toEqual([APP.sub, AGENT.sub]);
  });

  test("have the same size whatever their names are", () => {
    const { facts } = factsOf(chainOf([APP, actor(`https://a.example/${"a".repeat(1000)}`)]), place, sha256);
    expect(facts.every(({ digest }) => digest.length === 43)).toBe(true);
  });
});

describe("signs of a request", () => {
  const chain = chainOf([APP, AGENT]);
  const facts = factsOf({ ...chain, ownership: [undefined, chain.ownership[1]] }, place, sha256);
  const now = Date.UTC(2026, 10, 26);
  const all = Object.fromEntries(facts.facts.map(({ digest }) => [digest, now - 1000]));
  const known = (change: Partial<Known> = {}): Known => ({ last: all, depth: 1, burst: 0, ...change });
  const names = (of: Known, settings: Partial<SignSettings> = {}): string[] =>
    signsOf(facts, of, { ...SIGN_DEFAULTS, ...settings }, now).map(({ sign }) => sign);
  const without = (kind: string): Known["last"] =>
    Object.fromEntries(facts.facts.filter((fact) => fact.kind !== kind).map(({ digest }) => [digest, now]));

  test("are none if every fact was seen before", () => {
    expect(names(known())).toEqual([]);
  });
  test.each([
    ["pair", "new_pair"],
    ["unowned", "no_owner"],
    ["route", "new_route"],
    ["country", "new_country"],
    ["client", "new_client"],
  ])("a %s that was never seen is %s", (kind, sign) => {
    expect(names(known({ last: without(kind) }))).toEqual([sign]);
  });
  test("a new key is not dormant, and one that was unused for sleep_days is", () => {
    const key = facts.facts.find(({ kind }) => kind === "key")?.digest as string;
    expect(names(known({ last: without("key") }))).toEqual([]);
    expect(names(known({ last: { ...all, [key]: now - 30 * DAY_MS + 1 } }))).toEqual([]);
    expect(names(known({ last: { ...all, [key]: now - 30 * DAY_MS } }))).toEqual(["slept"]);
  });
  test("a chain is deeper only than an earlier one", () => {
    expect(names(known({ depth: 0 }))).toEqual(["deeper"]);
    expect(names(known({ depth: undefined }))).toEqual([]);
  });
  test("a burst of denials lasts as long as its window", () => {
    expect(names(known({ burst: now - 599_999 }))).toEqual(["denials"]);
    expect(names(known({ burst: now - 600_000 }))).toEqual([]);
  });
  test("are none until the quiet start is over", () => {
    const nothing = { last: {}, depth: 0, burst: now };
    expect(names(nothing, { quiet_until: now + 1 })).toEqual([]);
    expect(names(nothing, { quiet_until: now })).toHaveLength(7);
  });
});

describe("the store", () => {
  test("reports a new fact to one of 64 concurrent requests", async () => {
    const store = newStore();
    const answers = await Promise.all(Array.from({ length: 64 }, async () => store.see("c", ["f"], 1)));
    expect(answers.filter(({ last }) => !("f" in last))).toHaveLength(1);
  });

  test("separates callers, and writes nothing when it is asked", async () => {
    const store = newStore();
    await store.see("one", ["f"], 3);
    expect(await store.look("two", ["f"])).toEqual({ last: {}, depth: undefined, burst: 0 });
    expect(await store.look("two", ["f"])).toEqual({ last: {}, depth: undefined, burst: 0 });
    expect(await store.look("one", ["f", "g"])).toMatchObject({ last: { f: expect.any(Number) }, depth: 3 });
  });

  test("keeps `most` facts of a caller, and forgets those that were there longest ago: a flood harms no other", async () => {
    const store = newStore();
    await store.see("other", ["f"], 1);
    await store.see("flooding", ["first"], 1);
    await ageOf(store, 1000);
    for (let n = 0; n < 12; n++)
      await store.see(
        "flooding",
        Array.from({ length: 100 }, (_, index) => `${n}-${index}`),
        1,
      );
    const [row] = await rows(store, "SELECT count(*) AS count FROM seen WHERE caller = 'flooding'");
    expect(row?.["count"]).toBe(SIGN_DEFAULTS.most);
    expect((await store.look("flooding", ["first"])).last).toEqual({});
    expect((await store.look("other", ["f"])).last).toHaveProperty("f");
  });

  test("forgets callers that were only denied before one that was admitted", async () => {
    const store = newStore();
    await store.see("calm", ["key"], 2);
    await ageOf(store, 1000);
    await runInDurableObject(store, (_, { storage }) =>
      storage.sql
        .exec(
          `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 9999)
           INSERT INTO callers SELECT 'denied ' || n, ?, NULL, 0, 1, 0 FROM n`,
          Date.now(),
        )
        .toArray(),
    );
    await store.deny("one more");
    expect(await store.look("calm", ["key"])).toMatchObject({ last: { key: expect.any(Number) }, depth: 2 });
    expect(await rows(store, "SELECT count(*) AS count FROM callers")).toEqual([{ count: 10_000 }]);
  });

  test("forgets facts that were not seen for keep_days", async () => {
    const store = newStore();
    await store.see("c", ["old"], 1);
    await ageOf(store, SIGN_DEFAULTS.keep_days * DAY_MS + 1);
    await store.see("d", ["new"], 1);
    await runInDurableObject(store, (seen: Seen) => seen.alarm());
    expect(await rows(store, "SELECT fact FROM seen")).toEqual([{ fact: "new" }]);
    expect(await rows(store, "SELECT caller FROM callers")).toEqual([{ caller: "d" }]);
  });

  test("forgets the old facts of every caller, in steps, and leaves their new ones", async () => {
    const store = newStore();
    const callers = Array.from({ length: 250 }, (_, n) => `caller ${n}`);
    for (const caller of callers) await store.see(caller, ["old"], 1);
    await ageOf(store, SIGN_DEFAULTS.keep_days * DAY_MS + 1);
    for (const caller of callers) await store.see(caller, ["new"], 1);
    await runInDurableObject(store, (seen: Seen) => seen.alarm());
    expect(await rows(store, "SELECT count(*) AS count, fact FROM seen GROUP BY fact")).toEqual([
      { count: 250, fact: "new" },
    ]);
    expect(await rows(store, "SELECT count(*) AS count FROM callers")).toEqual([{ count: 250 }]);
  });

  test("counts callers only when one is new: a request with nothing new reads no table whole", async () => {
    const store = newStore();
    await store.see("c", ["f"], 1);
    const scansOf = async (run: () => Promise<unknown>): Promise<string[]> =>
      (await planned(store, run)).filter(({ scans }) => scans).map(({ statement }) => statement);
    expect(await scansOf(() => store.see("c", ["f"], 1))).toEqual([]);
    expect(await scansOf(() => store.see("c", ["g"], 1))).toEqual([]);
    expect(await scansOf(() => store.deny("c"))).toEqual([]);
    expect(await scansOf(() => store.deny("d"))).toEqual(["SELECT count(*) AS count FROM callers"]);
  });

  test("says once that denials have become a burst", async () => {
    const store = newStore();
    const answers = await Promise.all(Array.from({ length: 64 }, async () => store.deny("c")));
    expect(answers.filter((isBurst) => isBurst)).toHaveLength(1);
    expect((await store.look("c", [])).burst).toBeGreaterThan(0);
  });
});

type Store = ReturnType<typeof newStore>;

function rows(store: Store, query: string): Promise<Record<string, SqlStorageValue>[]> {
  return runInDurableObject(store, (_, { storage }) => storage.sql.exec(query).toArray());
}

/** All that it has was there so many milliseconds earlier. */
function ageOf(store: Store, milliseconds: number): Promise<void> {
  return runInDurableObject(store, (_, { storage }) => {
    for (const table of ["seen", "callers"]) storage.sql.exec(`UPDATE ${table} SET last = last - ?`, milliseconds);
  });
}

describe("a request", () => {
  const nothing: Known = { last: {}, depth: undefined, burst: 0 };

  /** A gateway with a store that counts how often it is asked. */
  function gatewayWith(answer: () => Promise<Known> = async () => nothing, settings: Partial<SignSettings> = {}) {
    const calls: string[] = [];
    const noticed: unknown[] = [];
    const later: Promise<unknown>[] = [];
    const asked = (name: string) => async (): Promise<Known> => {
      calls.push(name);
      return answer();
    };
    const signs: SignEdges = {
      settings: { ...SIGN_DEFAULTS, ...settings },
      seen: { look: asked("look"), see: asked("see"), deny: async () => calls.push("deny") > 0 },
      watch: createWatch(),
      notice: ({ signs: some }) => void noticed.push(some.map(({ sign }) => sign)),
    };
    const gateway = {
      signs,
      core: verificationCore(),
      afterwards: (work: Promise<unknown>) => later.push(work),
      now: () => Date.now(),
    };
    return { gateway: gateway as unknown as Gateway, calls, noticed, settled: () => Promise.all(later) };
  }
  const request = (headers: Record<string, string> = {}, cf?: object): VerifiedChain => {
    const made = Object.assign(new Request("https://g.example", { headers }), {});
    if (cf !== undefined) Object.defineProperty(made, "cf", { value: cf });
    return {
      ...chainOf([APP, AGENT]),
      proof: "dpop",
      presentation: { id: "d", request: made, route: { id: "orders" } },
    } as unknown as VerifiedChain;
  };

  test("whose policies read no signs asks no store", async () => {
    const { gateway, calls } = gatewayWith();
    const context: Record<string, unknown> = {};
    const signs = createRequestSigns(request(), gateway);
    signs.into(context);
    expect(await signs.refresh()).toBe(false);
    expect(calls).toEqual([]);
  });

  test("whose policies read signs asks once, and later ones of the caller do not for some seconds, unless something is new", async () => {
    const { gateway, calls } = gatewayWith();
    const first = createRequestSigns(request(), gateway);
    const contexts = [{}, {}] as { signs?: string[] }[];
    first.into(contexts[0] as Record<string, unknown>);
    expect(contexts[0]?.signs).toEqual([]);
    expect(await first.refresh()).toBe(true);
    first.into(contexts[1] as Record<string, unknown>);
    expect(contexts[1]?.signs).toEqual(["new_pair", "new_route", "new_client"]);
    expect(await first.refresh()).toBe(false);
    noticeAdmitted(request(), gateway);
    await Promise.resolve();
    expect(calls).toEqual(["look", "see"]);
  });

  test("is refused if a policy reads signs and they cannot be known", async () => {
    const { gateway } = gatewayWith(async () => Promise.reject(new Error("down")));
    const context: { signs?: string[] } = {};
    const signs = createRequestSigns(request(), gateway);
    signs.into(context as Record<string, unknown>);
    expect(context.signs).toEqual([]);
    await expect(signs.refresh()).rejects.toMatchObject({ rule: "signs_unavailable" });
  });

  test("that was admitted is sent to the store once in an hour, and again with other facts", async () => {
    const { gateway, calls, noticed, settled } = gatewayWith();
    for (let n = 0; n < 3; n++) {
      noticeAdmitted(request(), gateway);
      await settled();
    }
    expect(calls).toEqual(["see"]);
    noticeAdmitted(request({}, { country: "FR" }), gateway);
    await settled();
    expect(calls).toEqual(["see", "see"]);
    expect(noticed[0]).toEqual(["new_pair", "new_route", "new_client"]);
  });

  test("has its country from the edge or the configured header, and from no other", async () => {
    const countryIn = async (chain: VerifiedChain, settings: Partial<SignSettings>): Promise<boolean> => {
      const { gateway, noticed, settled } = gatewayWith(undefined, settings);
      noticeAdmitted(chain, gateway);
      await settled();
      return (noticed[0] as string[]).includes("new_country");
    };
    expect(await countryIn(request({ "x-country": "DE" }), {})).toBe(false);
    expect(await countryIn(request({ "x-country": "DE" }), { country_header: "x-country" })).toBe(true);
    expect(await countryIn(request({}, { country: "DE" }), {})).toBe(true);
    expect(await countryIn(request({}, { country: "DE" }), { country_header: "x-country" })).toBe(false);
    expect(await countryIn(request({ "x-country": "Germany" }), { country_header: "x-country" })).toBe(false);
  });

  test("that was denied counts if possession was proven and the rule is one that counts", async () => {
    const { gateway, calls, noticed, settled } = gatewayWith();
    noticeDenied(new HopError("policy_denied", { evidence: { chain: { ...request(), proof: undefined } } }), gateway);
    noticeDenied(new HopError("approval_required", { evidence: { chain: request() } }), gateway);
    noticeDenied(new HopError("jws_malformed"), gateway);
    expect(calls).toEqual([]);
    noticeDenied(new HopError("policy_denied", { evidence: { chain: request() } }), gateway);
    await settled();
    expect({ calls, noticed }).toEqual({ calls: ["deny"], noticed: [["denials"]] });
  });

  test("of a gateway without [signs] has none in its context", async () => {
    const context = {};
    createRequestSigns(request(), { ...gatewayWith().gateway, signs: undefined }).into(context);
    expect(context).toEqual({});
  });
});
