/** Open files of workerd, which ends when it has none left. */
import { describe, expect, test } from "vitest";
import { limitsFor } from "../../../selfhost/front/limits.ts";
import { cases } from "../../cases.ts";
import { call, chainNow } from "../harness.ts";
import { begin, closed, FILES, selfhost, toFront, world } from "./given.ts";

export function testFiles(): void {
  describe(`with ${FILES} open files`, () => {
    test("workerd serves as many requests to upstreams at a time as the limit allows", async () => {
      const limits = limitsFor(FILES, 1);
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

    const LEAVERS = cases(3000);
    test(`workerd survives ${LEAVERS} callers who leave before 20 requests without credentials are answered`, async () => {
      const limits = limitsFor(FILES, 1);
      await begin({ limits });
      const { host } = new URL(world.url);
      let begun = 0;
      const leave = async (): Promise<void> => {
        while (begun++ < LEAVERS) {
          const socket = toFront();
          socket.write(`GET /x HTTP/1.1\r\nhost: ${host}\r\n\r\n`.repeat(20), () => socket.resetAndDestroy());
          await closed(socket);
        }
      };
      await Promise.all(Array.from({ length: limits.perAddress }, leave));
      await expect.poll(async () => (await call(world)).status).toBe(200);
    });
  });

  test("a caller who leaves keeps its place until workerd has accepted and closed its connection", async () => {
    await begin({ limits: { connections: 100, requests: 4 } });
    const { host } = new URL(world.url);
    process.kill(selfhost.pid(), "SIGSTOP");
    const callers = Array.from({ length: 4 }, () => toFront().resume());
    for (const socket of callers) socket.write(`GET /x HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    // Until all places are taken, a request waits for workerd.
    const status = (): Promise<number | undefined> =>
      fetch(`${world.url}/x`, { signal: AbortSignal.timeout(1000) }).then(
        (answer) => answer.status,
        () => undefined,
      );
    try {
      await expect.poll(status).toBe(503);
      for (const socket of callers) socket.end();
      await Promise.all(callers.map(closed));
      expect(await status()).toBe(503);
    } finally {
      process.kill(selfhost.pid(), "SIGCONT");
    }
    await expect.poll(status).toBe(404);
  });
}
