/** Receivers that are hostile, or down. */
import { describe, expect, test } from "vitest";
import { admin } from "../harness.ts";
import { bad, inside, pollUntil, reportOf, revoke, world } from "./given.ts";

export function testReceivers(): void {
  describe("a receiver", () => {
    test("that redirects to an internal address gets nothing there, and the event waits", async () => {
      bad.answer = (response) => void response.writeHead(307, { location: `${inside.url}/admin` }).end();
      await revoke("ursula");
      await expect.poll(async () => (await reportOf("bad")).failing).toBe("the receiver answered 307");
      expect(inside.seen).toBe(0);
      expect((await reportOf("bad")).waiting).toBeGreaterThan(0);
    });

    test("that is down gets its events when it is back, and one whose answer never ends delays nobody", async () => {
      bad.answer = (response) => {
        response.writeHead(202);
        response.write("x".repeat(65_536));
      };
      const { waiting } = await reportOf("bad");
      expect(waiting).toBeGreaterThan(0);
      await expect.poll(async () => (await reportOf("bad")).waiting, { timeout: 50_000 }).toBe(0);
      expect((await reportOf("bad")).parked).toEqual([]);
    });

    test("that refuses an event permanently gets the next; operators see why, and let it wait again", async () => {
      bad.answer = (response) =>
        void response.writeHead(400).end(JSON.stringify({ err: "invalid_key", description: "unknown kid" }));
      await revoke("victor");
      await expect.poll(async () => (await reportOf("bad")).parked).toMatchObject([{ why: "invalid_key unknown kid" }]);
      bad.answer = (response) => void response.writeHead(202).end();
      expect((await admin(world, "receivers/bad/retry", {})).status).toBe(200);
      await expect.poll(async () => await reportOf("bad")).toMatchObject({ waiting: 0, parked: [] });
    });

    test("that never answers delays nobody else, and its stream still reports its state", async () => {
      bad.answer = () => undefined;
      const seen = bad.seen;
      await revoke("wanda");
      await expect.poll(() => bad.seen).toBe(seen + 1);
      await pollUntil(({ sub_id }) => JSON.stringify(sub_id).includes("wanda"));
      await expect.poll(async () => (await reportOf("peer")).waiting).toBe(0);
      expect((await reportOf("bad")).waiting).toBe(1);
    });
  });
}
