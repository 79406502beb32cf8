/** Whose a task is, and what headers can carry of it. */
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { CAST, keyNamed } from "../../vectors/craft.ts";
import { rootOf, toAgent, withHop } from "../chains.ts";
import { call, recordsOf, refusalOf, taskOf } from "../harness.ts";
import { basic, exchange, grantedBy, personToken, post, REFUNDS, register } from "../oauth.ts";
import { PEOPLE, revoke, ruleOf, serviceChain, world } from "./given.ts";

export function testTasks(): void {
  describe("a task is identified by its introducer and their `txn`,", () => {
    test("so that nobody can end or use up another's task by its `txn`", async () => {
      const txn = `task-${crypto.randomUUID()}`;
      const victim = await serviceChain({ txn });
      expect((await call(world, { chain: victim })).status).toBe(200);
      // Mallory has a root of her own, and names the victim's task in her hop.
      await register(world, { client_id: "mallory", actor: "https://mallory.example" });
      const root = await rootOf({
        claims: {
          sub: "mallory",
          client_id: "mallory",
          txn: undefined,
          tctx: undefined,
          cnf: { jwk: (await keyNamed("mallory")).jwk },
        },
      });
      const chain = await withHop(root, {
        from: "mallory",
        by: "mallory",
        to: "https://mallory.example/x",
        key: "mallory",
        claims: { txn },
      });
      const ended = await post(world, `/oauth/tasks/${txn}/end`, { token: chain }, basic("mallory"));
      expect(ended.status).toBe(200);
      expect((await call(world, { chain: victim })).status).toBe(200);
      const records = await recordsOf(world, txn, 2);
      expect(records.map((record) => "act" in record || record.status)).toEqual([200, 200]);
    });
    test.each(["gateway:2026-11-25", "root:x"])("and nobody may give a task %s", async (txn) => {
      const chain = await withHop(await rootOf({ claims: { txn: undefined } }), { ...toAgent, claims: { txn } });
      expect(await ruleOf(await call(world, { chain, key: await keyNamed("agent") }))).toBe("txn_reserved");
    });
    test("and keeps its identity through an exchange", async () => {
      const txn = `task-${crypto.randomUUID()}`;
      const { access_token: token } = await grantedBy(
        await exchange(world, { subject_token: await personToken({ txn }), audience: REFUNDS }),
      );
      expect(decodeJwt(token)).toMatchObject({ txn, txn_by: { iss: CAST.issuer, sub: CAST.issuer } });
      await revoke({ kind: "task", task: taskOf(txn) });
      expect((await exchange(world, { subject_token: token }, basic("refund-service"))).status).toBe(400);
    });
  });

  describe("a name that headers cannot carry is refused", () => {
    test.each<[string, Record<string, unknown>]>([
      ["control characters in `act`", { act: { sub: "\u00061dmin" } }],
      ["a line break in `act`", { act: { sub: "a\nb" } }],
      ["an empty name in `act`", { act: { sub: "" } }],
      ["a name of 2,000 bytes in `act`", { act: { sub: "x".repeat(2000) } }],
      ["a control character deeper in `act`", { act: { sub: "a", act: { sub: "b\u0001" } } }],
      ["`act` that ends in null", { act: { sub: "a", act: null } }],
      ["an issuer in `act` that is no text", { act: { sub: "a", iss: 7 } }],
      ["control characters in the subject", { sub: "al\u0007ice" }],
    ])("%s", async (_, claims) => {
      const response = await call(world, { chain: await rootOf({ claims }), key: await keyNamed("app") });
      expect([response.status, (await refusalOf(response)).description]).toEqual([
        401,
        expect.stringMatching(/claim_(type|size)/),
      ]);
    });
    test.each<[string, unknown]>([
      ["that is missing", undefined],
      ["that is empty", ""],
      ["that is no text", 7],
      ["with control characters", "\u00061dmin@acme.example"],
      ["of 2,000 bytes", "x".repeat(2000)],
    ])("a mapped claim %s", async (_, email) => {
      const chain = await rootOf({ claims: { iss: PEOPLE, email } });
      const refusal = await refusalOf(await call(world, { chain, key: await keyNamed("app") }));
      expect(refusal.description).toContain("root_refused");
    });
  });

  describe("who was revoked gets nothing new", () => {
    test.each<[string, object]>([
      ["actor", { kind: "actor", authority: CAST.gateway, name: "urn:acme:gone" }],
      ["client", { kind: "client", issuer: CAST.gateway, client_id: "gone" }],
    ])("as an %s: no token", async (_, revocation) => {
      const id = crypto.randomUUID();
      const named = JSON.parse(JSON.stringify(revocation).replaceAll("gone", `gone-${id}`)) as object;
      await register(world, { client_id: `gone-${id}`, actor: `urn:acme:gone-${id}` });
      const ask = () =>
        post(world, "/oauth/token", { grant_type: "client_credentials", audience: CAST.gateway }, basic(`gone-${id}`));
      expect((await ask()).status).toBe(200);
      await revoke(named);
      expect([(await ask()).status, await (await ask()).json()]).toMatchObject([400, { error: "invalid_grant" }]);
    });
  });
}
