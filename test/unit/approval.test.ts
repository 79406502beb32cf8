/** Whose word on an approval counts: four eyes, each in one name. */
import { expect, test } from "vitest";
import { type Approval, canCompare, objectionTo, statusOf, type Vote } from "../../worker/approval/approval.ts";

const [idp, login] = ["https://idp.acme.example", "https://login.acme.example"];
const vote = (group: string, sub: string, iss = login): Vote => ({
  group,
  by: { sub, iss },
  persons: [`${iss} ${sub}`],
  granted: true,
  comment: "",
  time: "2026-11-24T12:00:00Z",
});

function asked(votes: readonly Vote[] = [], status: Approval["status"] = "pending"): Approval {
  // Also known by her number and her e-mail address.
  const people = [`${idp} alice`, `${idp} 4711`, `${login} alice@acme.example`];
  return { groups: ["privacy", "finance"], passkeys: [], votes, status, people } as unknown as Approval;
}

test.each<[string, Approval, Vote, string | undefined]>([
  ["an approver", asked(), vote("privacy", "dora"), undefined],
  ["the other group's approver", asked([vote("privacy", "dora")]), vote("finance", "fred"), undefined],
  ["somebody with the subject's name at another issuer", asked(), vote("privacy", "alice"), undefined],
  ["the subject", asked(), vote("privacy", "alice", idp), "people cannot approve what is done for them or by them"],
  [
    "the subject by another of their names",
    asked(),
    vote("privacy", "4711", idp),
    "people cannot approve what is done for them or by them",
  ],
  [
    "one person for two groups",
    asked([vote("privacy", "dora")]),
    vote("finance", "dora"),
    "one person cannot vote for two groups",
  ],
  [
    "two people of two issuers, who may be one",
    asked([vote("privacy", "dora")]),
    vote("finance", "fred", idp),
    `it cannot be decided whether you have approved already: you signed in at ${idp}, the approver for privacy at ${login}`,
  ],
  [
    "the refusal of one of another issuer",
    asked([vote("privacy", "dora")]),
    { ...vote("finance", "fred", idp), granted: false },
    undefined,
  ],
  [
    "a group that has spoken",
    asked([vote("privacy", "dora")]),
    vote("privacy", "dan"),
    "this is already decided, or has expired",
  ],
  ["a group that is not asked", asked(), vote("marketing", "mia"), "this group is not asked"],
  ["what is over", asked([], "expired"), vote("privacy", "dora"), "this is already decided, or has expired"],
])("%s", (_, approval, said, objection) => {
  expect(objectionTo(approval, said)).toBe(objection);
});

test.each<[string, Parameters<typeof statusOf>[0], number, Approval["status"]]>([
  [
    "every group",
    { groups: ["a", "b"], votes: [vote("a", "x"), vote("b", "y")], expires: 10, spent: false },
    9,
    "approved",
  ],
  ["one of two", { groups: ["a", "b"], votes: [vote("a", "x")], expires: 10, spent: false }, 9, "pending"],
  [
    "one refusal",
    { groups: ["a"], votes: [{ ...vote("a", "x"), granted: false }], expires: 10, spent: false },
    9,
    "rejected",
  ],
  ["its last second over", { groups: ["a"], votes: [vote("a", "x")], expires: 10, spent: false }, 10, "expired"],
  ["used up", { groups: ["a"], votes: [vote("a", "x")], expires: 10, spent: true }, 9, "spent"],
])("%s", (_, approval, now, status) => {
  expect(statusOf(approval, now)).toBe(status);
});

test.each([
  ["people of one issuer", [idp], { iss: idp, sub: "bob" }, [], true],
  ["people of two issuers, who may be one person", [idp], { iss: login, sub: "bob" }, [], false],
  ["people of an issuer that the configuration keeps apart", [idp], { iss: login, sub: "a" }, [idp], true],
  [
    "one of ours whom a separate issuer names, and another of ours",
    [idp, login],
    { iss: login, sub: "a" },
    [idp],
    true,
  ],
  ["one of ours whom a separate issuer names, and a third one", [idp, login], { iss: "x", sub: "a" }, [idp], false],
  ["one of ours whom a partner names that may be anybody", [idp, login], { iss: login, sub: "a" }, [], false],
  ["a workload and a person", [], { iss: login, sub: "a" }, [], true],
])("whether %s can be distinguished", (_, issuers, voter, separate, comparable) => {
  expect(canCompare({ issuers }, voter, separate)).toBe(comparable);
});
