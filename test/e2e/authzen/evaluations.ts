/** Several evaluations in one call. */
import { describe, expect, test } from "vitest";
import { chainNow, proofFor } from "../harness.ts";
import { ACTION, ask, type Decided, decided, decidedAll, EDGE, good, order, person } from "./given.ts";

export function testEvaluations(): void {
  describe("several evaluations", () => {
    const each = async (number: string, change: object = {}) => {
      const { subject, resource, context } = await good(number);
      return { subject, resource, context, ...change };
    };

    test("are answered in order, and share the defaults of the call", async () => {
      const evaluations = [await each("1"), await each("2", { subject: person() }), await each("3")];
      const answers = await decidedAll({ action: ACTION, evaluations });
      expect(answers.map(({ decision }) => decision)).toEqual([true, false, true]);
    });
    test("share a chain, each with a proof of its own", async () => {
      const chain = await chainNow();
      const own = async (number: string) => ({
        resource: order(number),
        context: { proof: await proofFor(EDGE, chain, { path: `/orders/${number}` }) },
      });
      const answers = await decidedAll({
        subject: person(chain),
        action: ACTION,
        evaluations: [await own("1"), await own("2")],
      });
      expect(answers.map(({ decision }) => decision)).toEqual([true, true]);
    });
    test("do not share a proof: only the first is accepted", async () => {
      const { resource: _, ...rest } = await good();
      const answers = await decidedAll({
        ...rest,
        evaluations: [{ resource: order("17") }, { resource: order("17") }],
      });
      expect(answers.map(({ context }) => context.rule)).toEqual([undefined, "proof_replayed"]);
    });
    test("replace a default as a whole: a subject of its own does not get the chain of the default", async () => {
      const above = await good();
      const answers = await decidedAll({ ...above, evaluations: [{ subject: person() }] });
      expect(answers.map(({ context }) => context.rule)).toEqual(["credential_missing"]);
    });
    test.each<[string, boolean[]]>([
      ["execute_all", [true, false, true]],
      ["deny_on_first_deny", [true, false]],
      ["permit_on_first_permit", [true]],
    ])("%s", async (semantics, expected) => {
      const evaluations = [await each("1"), await each("2", { subject: person() }), await each("3")];
      const options = { evaluations_semantic: semantics, another_option: "value" };
      const answers = await decidedAll({ action: ACTION, evaluations, options });
      expect(answers.map(({ decision }) => decision)).toEqual(expected);
    });
    test("an evaluation that was not executed is not recorded, and its proof can still be used", async () => {
      const [first, second] = [await each("1", { subject: person() }), await each("2")];
      const options = { evaluations_semantic: "deny_on_first_deny" };
      expect(await decidedAll({ action: ACTION, evaluations: [first, second], options })).toHaveLength(1);
      expect((await decided({ action: ACTION, ...second })).decision).toBe(true);
    });
    test.each([[{}], [{ evaluations: [] }]])("without evaluations are one: %o", async (none) => {
      const answer = await ask("evaluations", { ...(await good()), ...none });
      expect((await answer.json()) as Decided).toMatchObject({ decision: true });
    });
    test.each<[string, object]>([
      ["a member missing that nothing stands for", { evaluations: [{ resource: order("1") }] }],
      ["unknown semantics", { evaluations: [{}], options: { evaluations_semantic: "any" } }],
      ["more than 32", { evaluations: Array.from({ length: 33 }, () => ({})) }],
      ["another than objects", { evaluations: ["a"] }],
    ])("are refused with %s", async (_, body) => {
      expect((await ask("evaluations", body)).status).toBe(400);
    });
  });
}
