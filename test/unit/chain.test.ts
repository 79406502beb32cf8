/** Parties, tasks and actors of chains, and what ends them. */
import { describe, expect, test } from "vitest";
import type { ChainHop } from "../../wasm/core.ts";
import { actorsOf, answerableOf } from "../../worker/chain/actors.ts";
import type { KeyVerdict } from "../../worker/chain/names/proof.ts";
import { isSameParty, type Party, partyId, toldParty } from "../../worker/chain/party.ts";
import { authorityOf, keysToRevoke, lineageFrom } from "../../worker/chain/revocation.ts";
import { readRoot } from "../../worker/chain/root.ts";
import { countedSubject, statedSubject } from "../../worker/chain/subject.ts";
import { taskId, taskOf } from "../../worker/chain/task.ts";
import type { Actor, ChainFacts, Root } from "../../worker/chain/types.ts";
import type { Issuer } from "../../worker/config.ts";
import { verificationCore } from "../../worker/core.ts";
import type { Gateway } from "../../worker/gateway/gateway.ts";
import { checkLimit } from "../../worker/gateway/limit.ts";
import { createRequestMemory } from "../../worker/gateway/memory.ts";
import { createSeenMemories } from "../../worker/gateway/seen-memories.ts";
import type { VerifiedChain } from "../../worker/types.ts";

const { sha256 } = verificationCore();
const IDP = "https://idp.acme.example";
const APP = "https://app.acme.example";
const GATEWAY = "https://gateway.acme.example";
const issuer = { issuer: IDP, speaks_for: [`${APP}/*`, APP], claims: {}, policy_claims: {} } as unknown as Issuer;

const hop = (name: string, claims: object, isChild = false): ChainHop =>
  ({ name, claims, isChild, scopes: [] }) as unknown as ChainHop;
const root = (claims: object = {}): ChainHop => hop("root", { iss: IDP, sub: "alice", client_id: APP, ...claims });

function factsOf(hops: readonly [ChainHop, ...ChainHop[]], proofs: readonly KeyVerdict[], entry = issuer): ChainFacts {
  const read = readRoot(hops[0].claims, entry, GATEWAY);
  const actors = actorsOf(hops, read, proofs, GATEWAY);
  const subjectNames = { names: [], email: undefined };
  return { hops, root: read, actors, subjectNames, task: taskOf(hops, read, actors, sha256) } as unknown as ChainFacts;
}
const ends = (keys: readonly string[], facts: ChainFacts): boolean =>
  authorityOf(facts).keys.some((key) => keys.includes(key));

describe("a told name", () => {
  const name = `${APP}/jobs:1`;
  const [, told] = factsOf([root(), hop("1", { iss: APP, sub: name })], ["registered", undefined]).actors;

  test("is not the party that owns it", () => {
    expect(told).toEqual({ iss: `told by ${APP}`, sub: name, proof: "told" });
    expect(isSameParty(told as Actor, { iss: APP, sub: name })).toBe(false);
    expect(partyId(told as Actor)).not.toBe(partyId({ iss: APP, sub: name }));
  });
  test("has its delegator's id in front, in policies", () => {
    expect(partyId(told as Actor)).toBe(`${APP} ${name}`);
    expect(partyId(toldParty(`${GATEWAY} urn:a`, name))).toBe(`${GATEWAY}%20urn:a ${name}`);
  });
});

describe("a subject is counted", () => {
  const NIGHTLY = "spiffe://acme.example/jobs/nightly";
  const countedOf = (subject: Party, own: boolean): string =>
    countedSubject({ subject, root: { issuer: GATEWAY, own: own ? {} : undefined } as unknown as Root });

  test.each([
    ["with a domain", { iss: "spiffe://acme.example", sub: NIGHTLY }],
    ["without one", { iss: GATEWAY, sub: "urn:acme:nightly" }],
  ])("as the client that states it, whatever the subject, if the client has a name %s", (_, client) => {
    const names = ["x-1", "x-2", "https://app.acme.example/x-3", "100%25"];
    const counted = names.map((name) => countedOf(statedSubject(client, name, GATEWAY), true));
    expect(new Set(counted)).toEqual(new Set([partyId(client)]));
    expect(countedOf(client, true)).toBe(partyId(client));
  });

  test.each<[string, Party, boolean]>([
    ["that an issuer names", { iss: IDP, sub: "alice" }, true],
    ["of an issuer whose names have spaces", { iss: IDP, sub: "Alice Smith" }, true],
    ["that somebody else says to be stated", { iss: GATEWAY, sub: `${NIGHTLY} x-1` }, false],
  ])("as itself, if it is one %s", (_, subject, own) => {
    expect(countedOf(subject, own)).toBe(partyId(subject));
  });

  test("in the same way by rates and by the memory of a day", async () => {
    const client = { iss: "spiffe://acme.example", sub: NIGHTLY };
    const taken: string[] = [];
    const takeRate = async (name: string) => {
      taken.push(name);
      return 0;
    };
    const limit = { requests: 1, seconds: 60, per: "subject" };
    const places = ["x-1", "x-2"].map(async (name) => {
      const chain = {
        subject: statedSubject(client, name, GATEWAY),
        root: { issuer: GATEWAY, own: {} },
        actors: [{ ...client, proof: "registered" }],
        task: { id: name },
        presentation: { route: { id: "orders", limit } },
      } as unknown as VerifiedChain;
      await checkLimit(chain, { chain }, { takeRate });
      const kept = { now: () => 0, seenMemories: createSeenMemories(), ledger: {} } as unknown as Gateway;
      return createRequestMemory(chain, kept).placeOf("subject").id;
    });
    expect(new Set(await Promise.all(places))).toEqual(new Set([`subject 1970-01-01 ${NIGHTLY}`]));
    expect(new Set(taken)).toEqual(new Set([JSON.stringify(["orders", "subject", NIGHTLY])]));
  });
});

describe("a child", () => {
  const child = hop("1", { iss: APP, sub: `${APP}/run` }, true);

  test("is its delegator's to name", () => {
    expect(factsOf([root(), child], ["registered", undefined]).actors[1]).toMatchObject({ iss: APP, proof: "child" });
  });
  test.each(["refused", "others"] as const)("is not its delegator's if the registry has the name (%s)", (proof) => {
    expect(factsOf([root(), child], ["registered", proof]).actors[1]?.proof).toBe("told");
  });
  test("is not its delegator's if the issuer's entry gives the delegator another name than the one that signs", () => {
    const mapped = { ...issuer, claims: { actor: "acting_app" } } as unknown as Issuer;
    const hops = [
      root({ client_id: `${APP}/admin`, acting_app: APP }),
      hop("1", { iss: `${APP}/admin`, sub: `${APP}/admin/run` }, true),
    ];
    expect(factsOf(hops as [ChainHop, ChainHop], ["registered", undefined], mapped).actors[1]?.proof).toBe("told");
  });
  test("and a told name count as the nearest actor that is neither", () => {
    const of = (...proofs: Actor["proof"][]) =>
      proofs.map((proof, index): Actor => ({ iss: APP, sub: String(index), proof })) as [Actor, ...Actor[]];
    expect(answerableOf(of("stated", "registered", "child", "told", "child")).sub).toBe("1");
    expect(answerableOf(of("child")).sub).toBe("0");
  });
});

describe("what ends a chain", () => {
  const jti = "victim";

  test("is the `jti` of its root, and of no hop", () => {
    const keys = keysToRevoke("token", [IDP, jti], sha256);
    expect(ends(keys, factsOf([root({ jti })], ["registered"]))).toBe(true);
    const hops = [root(), hop("1", { iss: IDP, sub: "urn:m", jti })] as const;
    const facts = factsOf(hops as unknown as [ChainHop, ChainHop], ["registered", undefined]);
    expect(ends(keys, facts)).toBe(false);
    expect(lineageFrom(facts, sha256)).toContain("1");
    expect(ends(keysToRevoke("hop", ["1"], sha256), facts)).toBe(true);
  });
  test("is also the task of its root, whatever a hop introduces, for it and for derived tokens", () => {
    const facts = factsOf(
      [root(), hop("1", { iss: APP, sub: `${APP}/run`, txn: "other" }, true)],
      ["registered", undefined],
    );
    const above = taskId("root:root", { iss: IDP, sub: IDP }, sha256);
    expect(facts.task).toMatchObject({ txn: "other", within: above });
    const keys = keysToRevoke("task", [above], sha256);
    expect(ends(keys, facts)).toBe(true);
    expect(lineageFrom(facts, sha256).some((each) => keys.includes(JSON.stringify(["derived", each])))).toBe(true);
    expect(ends(keys, factsOf([root({ txn: "other" })], ["registered"]))).toBe(false);
  });
  test("is each name of an actor that its issuer states for a third authority", () => {
    const sub = "spiffe://acme.example/agents/r1";
    const third = "https://third.example";
    const facts = factsOf([root({ act: { sub, iss: third } })], [undefined]);
    for (const authority of ["spiffe://acme.example", third, IDP])
      expect(ends(keysToRevoke("actor", [authority, sub], sha256), facts), authority).toBe(true);
  });
});
