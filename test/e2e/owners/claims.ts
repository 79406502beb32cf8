/** Claims of the root that the configuration names. */
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { rootOf, toAgent, toService, withHop } from "../chains.ts";
import { recordsOf, refusalOf, seenBy } from "../harness.ts";
import { exchange, grantedBy, personToken } from "../oauth.ts";
import { ask, chain, world } from "./given.ts";

export function testClaims(): void {
  describe("claims of the root that the configuration names", () => {
    test("reach the policies, and no others do", async () => {
      const txn = `task-${crypto.randomUUID()}`;
      expect((await ask(await chain({ txn, contractor: false, roles: ["a", "b"], salary: 1 }))).status).toBe(200);
      const [record] = await recordsOf(world, txn, 1);
      expect(record).toMatchObject({
        decision: { question: { request: { context: { claims: { contractor: false, roles: ["a", "b"] } } } } },
      });
      expect(JSON.stringify(record)).not.toContain("salary");
      expect((await refusalOf(await ask(await chain({ contractor: true })))).description).toContain("contractors");
    });

    test("are refused with the claim's name if one has another type", async () => {
      expect(await refusalOf(await ask(await chain({ contractor: "no" })))).toMatchObject({
        status: 401,
        rule: "root_refused",
        description: expect.stringContaining("`contractor`"),
      });
      expect(await refusalOf(await ask(await chain({ roles: ["a", 1] })))).toMatchObject({ rule: "root_refused" });
    });

    test("are not lost in an exchange, and a hop cannot add any", async () => {
      const root = await rootOf({ claims: { contractor: true } });
      const hop = await withHop(await withHop(root, { ...toAgent, claims: { contractor: false } }), toService);
      expect((await refusalOf(await ask(hop))).description).toContain("contractors");

      const { access_token: exchanged } = await grantedBy(
        await exchange(world, { subject_token: await personToken({ contractor: true }), scope: "orders:read" }),
      );
      expect(decodeJwt(exchanged)).toMatchObject({ root_claims: { contractor: true } });
    });

    test("are in the narrowed token", async () => {
      const seen = await seenBy(await ask(await chain({ contractor: false })));
      const token = String(seen.headers["authorization"]).slice(7);
      expect(decodeJwt(token)["root_claims"]).toEqual({ contractor: false });
    });
  });
}
