/** One evaluation. */
import { describe, expect, test } from "vitest";
import { SECRETS } from "../../../local/asking-proxies.ts";
import type { AuditRecord } from "../../../worker/ledger/record.ts";
import { CAST } from "../../vectors/craft.ts";
import { chainNow, proofFor, recordsOf } from "../harness.ts";
import { decided, EDGE, good, order, person, world } from "./given.ts";

export function testEvaluation(): void {
  describe("an evaluation", () => {
    test("is permitted with the headers that the proxy then sends", async () => {
      const { decision, context } = await decided(await good());
      expect(decision).toBe(true);
      expect(context.headers).toMatchObject({
        authorization: expect.stringMatching(/^Bearer ey/),
        "hop-subject": '"alice";iss="https://idp.acme.example"',
        "hop-decision": `"${context["id"]}"`,
      });
    });
    test("is admitted and recorded", async () => {
      const txn = `task-${crypto.randomUUID()}`;
      const chain = await chainNow({ 0: { claims: { txn } } });
      const proof = await proofFor(EDGE, chain, {});
      const { context } = await decided({ ...(await good()), subject: person(chain), context: { proof } });
      const [record] = (await recordsOf(world, txn, 1)) as AuditRecord[];
      expect(record).toMatchObject({
        id: context["id"],
        outcome: "allowed",
        request: { proxy: "portal", path: "/orders/17" },
      });
      expect(record?.decision?.question.request).toMatchObject({
        principal: { type: "Workload", id: CAST.service },
        action: { type: "Action", id: "orders:read" },
        resource: { type: "Route", id: "orders" },
      });
    });
    test("may name the action by the method", async () => {
      expect((await decided({ ...(await good()), action: { name: "GET" } })).decision).toBe(true);
    });
    test("may be about the workload that calls", async () => {
      const evaluation = await good();
      const subject = { type: "workload", id: CAST.service, properties: evaluation.subject.properties };
      expect((await decided({ ...evaluation, subject })).decision).toBe(true);
    });
    test("may have the chain as the credential of the call", async () => {
      const chain = await chainNow();
      const headers = {
        "hop-authorizer": SECRETS.PORTAL_SECRET,
        authorization: `DPoP ${chain}`,
        dpop: await proofFor(EDGE, chain, {}),
      };
      const { context: _, ...evaluation } = { ...(await good()), subject: person() };
      expect((await decided(evaluation, headers)).decision).toBe(true);
    });
    test("ignores members that it does not know", async () => {
      const evaluation = await good();
      const context = { ...evaluation.context, time: "2026-11-26T18:03-07:00", futureField: { nested: [1] } };
      expect((await decided({ ...evaluation, context, foo: "bar", options: 7 })).decision).toBe(true);
    });

    test.each<[string, (evaluation: Awaited<ReturnType<typeof good>>) => object, string]>([
      ["without a chain", (e) => ({ ...e, subject: person(), context: {} }), "credential_missing"],
      ["without a proof of the chain", (e) => ({ ...e, context: {} }), "proof_not_accepted"],
      ["about another person", (e) => ({ ...e, subject: { ...e.subject, id: "bob" } }), "evaluation_mismatch"],
      [
        "about the same name of another issuer",
        (e) => ({
          ...e,
          subject: { ...e.subject, properties: { ...e.subject.properties, issuer: "https://other.example" } },
        }),
        "evaluation_mismatch",
      ],
      [
        "about another workload",
        (e) => ({ ...e, subject: { ...e.subject, type: "workload", id: CAST.agent } }),
        "evaluation_mismatch",
      ],
      [
        "about a kind of subject that nobody knows",
        (e) => ({ ...e, subject: { ...e.subject, type: "device" } }),
        "evaluation_mismatch",
      ],
      [
        "for another route than its address has",
        (e) => ({ ...e, resource: { ...e.resource, id: "refunds" } }),
        "evaluation_mismatch",
      ],
      [
        "for another kind of resource",
        (e) => ({ ...e, resource: { ...e.resource, type: "record" } }),
        "evaluation_mismatch",
      ],
      [
        "for another action than its method is",
        (e) => ({ ...e, action: { ...e.action, name: "refunds:write" } }),
        "evaluation_mismatch",
      ],
      [
        "with a proof for another method",
        (e) => ({
          ...e,
          resource: { type: "route", id: "refunds", properties: { uri: `${EDGE.url}/refunds` } },
          action: { name: "POST" },
        }),
        "proof_method",
      ],
      ["with a proof for another address", (e) => ({ ...e, resource: order("18") }), "proof_target"],
      [
        "for a host that is not the gateway's",
        (e) => ({ ...e, resource: { ...e.resource, properties: { uri: "https://other.example/orders/17" } } }),
        "misdirected_request",
      ],
      [
        "for a path with two readings",
        (e) => ({ ...e, resource: { ...e.resource, properties: { uri: `${EDGE.url}/orders/../orders/17` } } }),
        "path_ambiguous",
      ],
      ["for no address", (e) => ({ ...e, resource: { type: "route", id: "orders" } }), "original_malformed"],
      [
        "for a route whose bodies must be seen",
        (e) => ({ ...e, resource: { type: "route", id: "signed", properties: { uri: `${EDGE.url}/signed` } } }),
        "route_unseen",
      ],
      [
        "with an approval that is none",
        (e) => ({ ...e, context: { ...e.context, approval: "yes" } }),
        "approval_malformed",
      ],
      [
        "from an address that is none",
        (e) => ({ ...e, context: { ...e.context, ip: "10.0.0.1, 10.0.0.2" } }),
        "original_malformed",
      ],
      ["with a chain that no header can hold", (e) => ({ ...e, subject: person("a\nb") }), "credential_malformed"],
      ["with a chain of nobody", (e) => ({ ...e, subject: person("ey.ey.ey") }), "base64url_invalid"],
    ])("%s is denied", async (_, change, rule) => {
      const { decision, context } = await decided(change(await good()));
      expect(decision).toBe(false);
      expect(context.rule).toBe(rule);
      expect(context).not.toHaveProperty("headers");
    });
    test("is permitted once: its proof is spent", async () => {
      const evaluation = await good();
      expect((await decided(evaluation)).decision).toBe(true);
      expect((await decided(evaluation)).context.rule).toBe("proof_replayed");
    });
    test("that names another subject is recorded, and its proof is spent", async () => {
      const txn = `task-${crypto.randomUUID()}`;
      const chain = await chainNow({ 0: { claims: { txn } } });
      const evaluation = {
        ...(await good()),
        subject: person(chain),
        context: { proof: await proofFor(EDGE, chain, {}) },
      };
      await decided({ ...evaluation, subject: { ...evaluation.subject, id: "bob" } });
      const [record] = (await recordsOf(world, txn, 1)) as AuditRecord[];
      expect(record).toMatchObject({ outcome: "denied", rule: "evaluation_mismatch" });
      expect((await decided(evaluation)).context.rule).toBe("proof_replayed");
    });
    test("that a policy denies contains the challenge", async () => {
      const chain = await chainNow({ 2: { claims: { scope: "refunds:write" } } });
      const { context } = await decided({
        ...(await good()),
        subject: person(chain),
        context: { proof: await proofFor(EDGE, chain, {}) },
      });
      expect(context).toMatchObject({
        rule: "scope_insufficient",
        error: { status: 403 },
        www_authenticate: expect.stringContaining("orders:read"),
      });
    });
  });
}
