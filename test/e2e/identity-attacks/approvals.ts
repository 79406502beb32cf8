/** Approvals by those who may not give them. */
import { expect } from "vitest";
import { CAST, keyNamed } from "../../vectors/craft.ts";
import { rootOf } from "../chains.ts";
import { AGENT } from "../oauth.ts";
import { agentChain, approve, asked, PEOPLE, type Row } from "./given.ts";

export const approvals: Row[] = [
  [
    "one's own request",
    "people cannot approve",
    async () => approve(await asked(await agentChain(), "agent"), "alice"),
  ],
  [
    "one's own request, known by another issuer",
    "cannot be decided",
    async () => approve(await asked(await agentChain(), "agent"), "alice", PEOPLE),
  ],
  [
    "one's own request, as somebody of the gateway",
    "cannot be decided",
    async () => approve(await asked(await agentChain(), "agent"), "alice", CAST.gateway),
  ],
  [
    "a person who names themselves as the client",
    "cannot be decided",
    async () => {
      const claims = { sub: AGENT, client_id: AGENT, cnf: { jwk: (await keyNamed("person")).jwk } };
      return approve(await asked(await rootOf({ claims }), "person"), "alice", PEOPLE);
    },
  ],
  [
    "two groups by one person",
    "one person cannot vote for two groups",
    async () => {
      const chain = await agentChain({ tctx: { purpose: "customer-support/two" } });
      const id = await asked(chain, "agent");
      expect(await approve(id, "dora")).toBe("200 pending");
      return approve(id, "dora", undefined, "board");
    },
  ],
  [
    "both groups at the same moment by one person",
    "1",
    async () => {
      const id = await asked(await agentChain({ tctx: { purpose: "customer-support/two" } }), "agent");
      const votes = await Promise.all([approve(id, "dora"), approve(id, "dora", undefined, "board")]);
      return String(votes.filter((vote) => vote.startsWith("200")).length);
    },
  ],
];
