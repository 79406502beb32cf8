/** Open files of workerd, which ends when it has none left. */
import { describe, expect, test } from "vitest";
import { limitsFor } from "../../../selfhost/front/limits.ts";
import { call, chainNow } from "../harness.ts";
import { begin, FILES, world } from "./given.ts";

export function testFiles(): void {
  describe(`with ${FILES} open files`, () => {
    test("workerd serves as many requests to upstreams at a time as the limit allows", async () => {
      const limits = limitsFor(FILES);
      await begin({ limits: { ...limits, perAddress: limits.connections } });
      const chain = await chainNow();
      const open = await Promise.all(
        Array.from({ length: limits.requests }, () => call(world, { path: "/orders/events", chain })),
      );
      expect(open.filter(({ status }) => status !== 200)).toEqual([]);
      expect((await call(world, { path: "/orders/events", chain })).status).toBe(503);
      expect((await fetch(`${world.url}/healthz`)).status).toBe(200);
      for (const { body } of open) await body?.cancel();
      await expect.poll(async () => (await call(world)).status).toBe(200);
    });
  });
}
