/** Whose word on an approval counts: four eyes, each in one name. */
import { expect, test } from "vitest";
import { type Approval, objectionTo, statusOf, type Vote } from "../../worker/state/approval.ts";

const [idp, login] = ["https://idp.acme.example", "https://login.acme.example"];
const vote = (group: string, sub: string, iss = login): Vote => ({
  group,
  by: { sub, iss },
  granted: true,
  comment: "",
  time: "2026-11-24T12:00:00Z",
});

function asked(votes: readonly Vote[] = [], status: Approval["status"] = "pending"): Approval {
  const chain = { subject: { sub: "alice", iss: idp } } as Approval["asked"]["chain"];
  return { groups: ["privacy", "finance"], votes, status, asked: { chain } } as unknown as Approval;
}

test.each<[string, Approval, Vote, string | undefined]>([
  ["an approver", asked(), vote("privacy", "dora"), undefined],
  ["the other group's approver", asked([vote("privacy", "dora")]), vote("finance", "fred"), undefined],
  ["somebody with the subject's name at another issuer", asked(), vote("privacy", "alice"), undefined],
  ["the subject", asked(), vote("privacy", "alice", idp), "nobody approves what is done for themselves"],
  [
    "one person for two groups",
    asked([vote("privacy", "dora")]),
    vote("finance", "dora"),
    "nobody speaks for two groups",
  ],
  [
    "a group that has spoken",
    asked([vote("privacy", "dora")]),
    vote("privacy", "dan"),
    "this is decided already, or over",
  ],
  ["a group that is not asked", asked(), vote("marketing", "mia"), "this group is not asked"],
  ["what is over", asked([], "expired"), vote("privacy", "dora"), "this is decided already, or over"],
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
