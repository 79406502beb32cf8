/** What is a fact of a request, and what of it is new. */
import { describe, expect, test } from "vitest";
import { SIGN_DEFAULTS, type SignSettings } from "../../../worker/config.ts";
import { verificationCore } from "../../../worker/core.ts";
import { factsOf } from "../../../worker/signs/fact.ts";
import { type Known, signsOf } from "../../../worker/signs/sign.ts";
import { AGENT, APP, actor, chainOf } from "./given.ts";

const { sha256 } = verificationCore();
const DAY_MS = 24 * 3600 * 1000;
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
