/** Names over keys that are not theirs, and how a name is proven. */
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import type { AuditRecord } from "../../../worker/ledger/record.ts";
import { CAST, keyNamed } from "../../vectors/craft.ts";
import { type HopOptions, rootOf, toService, withHop, witOf } from "../chains.ts";
import { call, recordsOf, refusalOf } from "../harness.ts";
import { agentChain, ruleOf, serviceChain, world } from "./given.ts";

export function testNames(): void {
  describe("a name over a key that is not its own", () => {
    const mallory = { ...toService, key: "mallory" };
    test("is refused, and the error names the hop", async () => {
      const chain = await withHop(await agentChain(), mallory);
      const refusal = await refusalOf(
        await call(world, { method: "POST", path: "/refunds", chain, key: await keyNamed("mallory"), body: "{}" }),
      );
      expect(refusal).toMatchObject({ status: 401, error: "invalid_token" });
      expect(refusal.description).toContain("hop 2: ");
      expect(refusal.description).toContain("actor_unproven");
    });
    test("is refused in the middle of a chain", async () => {
      const chain = await withHop(await withHop(await agentChain(), mallory), {
        ...{ from: CAST.service, by: "mallory", to: CAST.agent, key: "agent" },
      });
      expect((await refusalOf(await call(world, { chain, key: await keyNamed("agent") }))).description).toContain(
        "hop 2: ",
      );
    });
    test("is another principal for the policies on a route that accepts told names", async () => {
      const txn = `task-${crypto.randomUUID()}`;
      const chain = await withHop(await agentChain({ txn }), mallory);
      const response = await call(world, { path: "/told/17", chain, key: await keyNamed("mallory") });
      expect(await ruleOf(response)).toBe("policy_denied");
      const [record] = (await recordsOf(world, txn, 1)) as AuditRecord[];
      expect(record?.decision?.question.request.principal).toEqual({
        type: "ToldWorkload",
        id: `${CAST.agent} ${CAST.service}`,
      });
      expect(record?.decision?.question.request.context).toMatchObject({
        actors: [CAST.app, CAST.agent],
        told: [`${CAST.agent} ${CAST.service}`],
      });
      expect(record?.chain?.actors.at(-1)).toEqual({ iss: `told by ${CAST.agent}`, sub: CAST.service, proof: "told" });
    });
    test("does not use the rate of the name's owner, and is not revoked with it", async () => {
      const chain = await withHop(await agentChain(), mallory);
      expect((await call(world, { path: "/told/17", chain, key: await keyNamed("mallory") })).status).toBe(403);
      expect((await call(world, { chain: await serviceChain() })).status).toBe(200);
    });
  });

  describe("a name is proven", () => {
    test("by the registry, by a token of its trust domain, or as a name below the delegator's", async () => {
      const attested = "spiffe://acme.example/services/attested";
      const key = await keyNamed("attested");
      const chain = await withHop(
        await withHop(await agentChain(), {
          ...toService,
          to: attested,
          key: "attested",
          header: { wit: await witOf(attested, key) },
        }),
        { from: attested, by: "attested", to: `${attested}/run-42`, key: "run" },
      );
      const txn = String(decodeJwt(chain.split("~")[0] as string)["txn"]);
      await call(world, { chain, key: await keyNamed("run") });
      const [record] = (await recordsOf(world, txn, 1)) as AuditRecord[];
      expect(record?.chain?.actors.map(({ sub, iss, proof }) => [sub, iss, proof])).toEqual([
        [CAST.app, CAST.app, "registered"],
        [CAST.agent, "spiffe://acme.example", "registered"],
        [attested, "spiffe://acme.example", "attested"],
        [`${attested}/run-42`, "spiffe://acme.example", "child"],
      ]);
    });

    const wits: [string, string, () => Promise<string>][] = [
      ["for another name", "wit_mismatch", async () => witOf("spiffe://acme.example/other", await keyNamed("mallory"))],
      ["for another key", "wit_mismatch", async () => witOf(CAST.service, await keyNamed("service"))],
      ["that has expired", "wit_mismatch", async () => witOf(CAST.service, await keyNamed("mallory"), { exp: 1000 })],
      [
        "signed by the attacker",
        "actor_unproven",
        async () => witOf(CAST.service, await keyNamed("mallory"), {}, "mallory"),
      ],
      ["that is no token", "wit_malformed", async () => "garbage"],
      ["that is a root of the trust domain's", "wit_malformed", () => rootOf()],
    ];
    test.each(wits)("not by a Workload Identity Token %s", async (_, rule, wit) => {
      const chain = await withHop(await agentChain(), { ...toService, key: "mallory", header: { wit: await wit() } });
      expect(await ruleOf(await call(world, { chain, key: await keyNamed("mallory") }))).toBe(rule);
    });

    test.each([
      ["beside the delegator's", "spiffe://acme.example/agents/support-2"],
      ["above the delegator's", "spiffe://acme.example/agents"],
      ["that climbs out of the delegator's", `${CAST.agent}/../../services/refunds`],
      ["of the delegator's with an empty segment", `${CAST.agent}//x`],
      ["of the delegator's with a query", `${CAST.agent}/x?y`],
      ["of the delegator's in another case", CAST.agent.toUpperCase()],
    ])("not by a name %s", async (_, to) => {
      const chain = await withHop(await agentChain(), { ...toService, to, key: "mallory" });
      expect((await call(world, { chain, key: await keyNamed("mallory") })).status).toBe(401);
    });

    test("not below a name that was told", async () => {
      const told: HopOptions = { ...toService, key: "mallory" };
      const below = { from: CAST.service, by: "mallory", to: `${CAST.service}/run`, key: "run" };
      const chain = await withHop(await withHop(await agentChain(), told), below);
      const response = await call(world, { path: "/told/17", chain, key: await keyNamed("run") });
      expect(await ruleOf(response)).toBe("policy_denied");
      const txn = String(decodeJwt(chain.split("~")[0] as string)["txn"]);
      const [record] = (await recordsOf(world, txn, 1)) as AuditRecord[];
      expect(record?.chain?.actors.map(({ proof }) => proof)).toEqual(["registered", "registered", "told", "told"]);
    });
  });
}
