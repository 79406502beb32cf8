/** A task's records as a tree: fan-out, what was not handed on, and requests that repeat. */
import { expect, test } from "vitest";
import type { AuditRecord } from "../../../worker/ledger/record.ts";
import { repeatedRequests, taskTree } from "../../../worker/ledger/task-tree.ts";

const hop = (sub: string, scope: string, exp = 100) => ({ iss: "x", sub, aud: "g", scope, exp, name: sub });

/** A request by the last of the actors; each actor's scope by its place. */
function request(actors: readonly string[], scopes: readonly string[], more: Partial<AuditRecord> = {}): AuditRecord {
  return {
    id: crypto.randomUUID(),
    time: "2026-11-24T00:00:00Z",
    outcome: "allowed",
    chain: {
      task: "identity of t",
      txn: "t",
      introducer: { sub: "idp", iss: "idp" },
      hash: "h",
      subject: { sub: "alice", iss: "idp" },
      actors: actors.map((sub) => ({ sub, iss: "idp", proof: "stated" })),
      purpose: "support",
      purposeBy: { sub: "idp", iss: "idp" },
      proof: "dpop",
      hops: scopes.map((scope, i) => hop(actors[i] as string, scope, 100 - i)),
    },
    request: { route: "orders", method: "GET", path: "/orders/1" },
    ...more,
  };
}

test("actors that share a path share its nodes; each shows what it was not given", () => {
  const tree = taskTree([
    request(["app", "agent", "one"], ["a b c", "a b", "a"]),
    request(["app", "agent", "two"], ["a b c", "a b", "b"]),
    request(["app", "agent"], ["a b c", "a b"]),
  ]);
  expect(tree).toMatchObject({ subject: "idp alice", purpose: "support" });
  const [app] = tree.roots;
  const [agent] = app?.children ?? [];
  expect([app?.actor, app?.scopes, app?.withheld]).toEqual(["idp app", ["a", "b", "c"], []]);
  expect([agent?.withheld, agent?.requests.length, agent?.expires]).toEqual([["c"], 1, 99]);
  expect(agent?.children.map(({ actor, withheld, requests }) => [actor, withheld, requests.length])).toEqual([
    ["idp one", ["b"], 1],
    ["idp two", ["a"], 1],
  ]);
});

test("a root that names several actors gives all of them its scopes", () => {
  const record = request(["origin", "agent", "service"], ["a b", "a"]);
  const [origin] = taskTree([record]).roots;
  expect(origin?.children[0]?.scopes).toEqual(["a", "b"]);
  expect(origin?.children[0]?.children[0]?.scopes).toEqual(["a"]);
});

test("records without a chain are ignored, and no records make an empty tree", () => {
  expect(taskTree([{ id: "x", time: "t", outcome: "denied" }])).toEqual({ subject: "", purpose: undefined, roots: [] });
});

test("requests that differ only in time are one line", () => {
  const some = [
    request(["app"], ["a"]),
    request(["app"], ["a"]),
    request(["app"], ["a"], { outcome: "denied", rule: "policy_denied" }),
  ];
  expect(repeatedRequests(some).map(({ label, outcome, rule, count }) => [label, outcome, rule, count])).toEqual([
    ["GET /orders/1", "allowed", undefined, 2],
    ["GET /orders/1", "denied", "policy_denied", 1],
  ]);
});
