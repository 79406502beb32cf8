/** Accepted steps of workflows, as they are kept in workerd. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Env } from "../../worker/env.ts";
import type { Successor } from "../../worker/oauth/actor-chain/successor.ts";
import { WORKFLOW_SHARDS } from "../../worker/shard.ts";
import { workflowsOf } from "../../worker/stores.ts";

const bindings = env as unknown as Env;
const successor = (more: Partial<Successor> = {}): Successor => ({
  acti: crypto.randomUUID(),
  prev: "state",
  target: "https://orders.acme.example",
  ...more,
});
const accept = (step: Successor, proof: string) =>
  workflowsOf(bindings, step.acti).accept(step, proof, `commitment to ${proof}`);

test(`however many workflows clients begin, they are in at most ${WORKFLOW_SHARDS} Durable Objects`, () => {
  const objects = Array.from({ length: 400 }, () => workflowsOf(bindings, crypto.randomUUID()).id.toString());
  expect(new Set(objects).size).toBeLessThanOrEqual(WORKFLOW_SHARDS);
});

test("of 64 proofs at once from one state, one is accepted, and its retry gets the same commitment", async () => {
  const step = successor();
  const answers = await Promise.all(Array.from({ length: 64 }, (_, i) => accept(step, `${i}`)));
  const winner = answers.findIndex((answer) => answer !== undefined);
  expect(answers.filter((answer) => answer !== undefined)).toEqual([`commitment to ${winner}`]);
  expect(await accept(step, `${winner}`)).toBe(`commitment to ${winner}`);
});

test.each<[string, (step: Successor) => Successor]>([
  ["workflow in the same shard", (step) => ({ ...step, acti: "workflow-ba" })],
  ["state", (step) => ({ ...step, prev: "another state" })],
  ["target", (step) => ({ ...step, target: "https://refunds.acme.example" })],
])("a step does not use up the one of another %s", async (_, other) => {
  const shard = bindings.WORKFLOWS.getByName(crypto.randomUUID());
  const step = successor({ acti: "workflow-ab" });
  expect(await shard.accept(step, "first", "one")).toBe("one");
  expect(await shard.accept(other(step), "second", "two")).toBe("two");
  expect(await shard.accept(step, "second", "two")).toBeUndefined();
});

test("each step is forgotten a day after it was accepted, and the others stay", async () => {
  const shard = bindings.WORKFLOWS.getByName(crypto.randomUUID());
  const [old, recent] = [successor(), successor()];
  await shard.accept(old, "first", "one");
  await runInDurableObject(shard, (_, { storage }) => {
    storage.sql.exec("UPDATE accepted SET expires = expires - 24 * 3600 - 1");
  });
  await shard.accept(recent, "first", "one");
  expect(await runDurableObjectAlarm(shard)).toBe(true);
  expect(await shard.accept(recent, "second", "two")).toBeUndefined();
  expect(await shard.accept(old, "second", "two")).toBe("two");
  await runInDurableObject(shard, async (_, { storage }) => expect(await storage.getAlarm()).not.toBeNull());
});
