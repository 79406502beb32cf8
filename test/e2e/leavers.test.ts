/** Callers who leave while others wait for the same call of the ledger: the others are answered. */
import { request } from "node:http";
import { beforeAll, expect, test } from "vitest";
import { chainNow, proofFor, type World } from "./harness.ts";
import { sharedWorld } from "./shared-world.ts";

let world: World;
beforeAll(async () => {
  world = await sharedWorld();
});

/** @param leave milliseconds after which the caller is gone; undefined if it stays */
async function send(chain: string, leave: number | undefined): Promise<number | "left"> {
  const dpop = await proofFor(world, chain, {});
  return new Promise((resolve, reject) => {
    const sent = request(`${world.url}/orders/17`, { headers: { authorization: `DPoP ${chain}`, dpop }, agent: false });
    sent.on("response", (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode as number));
    });
    sent.on("error", (error) => (leave === undefined ? reject(error) : resolve("left")));
    sent.end();
    if (leave !== undefined) setTimeout(() => sent.destroy(), leave);
  });
}

test("of 300 concurrent callers two of three leave at some moment, and all others are answered", async () => {
  const chain = await chainNow({ 0: { claims: { txn: `task-${crypto.randomUUID()}` } } });
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) => send(chain, i % 3 === 0 ? undefined : (i * 7) % 50)),
    );
    expect(answers.filter((_, i) => i % 3 === 0)).toEqual(Array.from({ length: 20 }, () => 200));
  }
  expect(await send(chain, undefined)).toBe(200);
}, 60_000);
