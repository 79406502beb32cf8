/** Polls and streams of receivers. */
import { describe, expect, test } from "vitest";
import { CAST } from "../../vectors/craft.ts";
import { claimsOf, inside, pollBy, pollUntil, revoke, setsOf, ssf, TOKENS, world } from "./given.ts";

export function testStreams(): void {
  describe("a poll", () => {
    test("with another receiver's secret, or an unknown one, gets nothing and acknowledges nothing", async () => {
      await revoke("quentin");
      await pollUntil(({ sub_id }) => JSON.stringify(sub_id).includes("quentin"));
      const before = await setsOf();
      const ack = Object.keys(before);
      expect((await pollBy(TOKENS.PEER_TOKEN, { ack })).status).toBe(404);
      expect((await pollBy(TOKENS.PEER_TOKEN, { ack }, "peer")).status).toBe(404);
      expect((await pollBy("guessed", { ack })).status).toBe(401);
      expect((await fetch(`${world.url}/ssf/poll/soc`, { method: "POST" })).status).toBe(401);
      expect(await setsOf()).toEqual(before);
    });

    test("acknowledges the events that it names: sent again, it does not remove later ones", async () => {
      const ack = Object.keys(await setsOf());
      expect(ack.length).toBeGreaterThan(0);
      expect(await setsOf({ ack })).toEqual({});
      await revoke("rita");
      await pollUntil(({ sub_id }) => JSON.stringify(sub_id).includes("rita"));
      expect(Object.keys(await setsOf({ ack }))).toHaveLength(1);
    });

    test.each([
      ["a text", "ack"],
      ["too many acknowledgements", { ack: Array(1001).fill("x") }],
      ["a negative number of events", { maxEvents: -1 }],
    ])("with %s is refused", async (_, body) => {
      const sent = typeof body === "string" ? { ack: body } : body;
      expect((await pollBy(TOKENS.SOC_TOKEN, sent)).status).toBe(400);
    });
  });

  describe("a stream", () => {
    test("belongs to its receiver alone, can be paused and continued, and sends verification events", async () => {
      const stream = (await (await ssf("stream?stream_id=soc", TOKENS.SOC_TOKEN)).json()) as object;
      expect(stream).toMatchObject({ stream_id: "soc", iss: CAST.gateway, aud: "https://soc.example" });
      expect((await ssf("stream?stream_id=soc", TOKENS.PEER_TOKEN)).status).toBe(404);
      expect((await ssf("stream", TOKENS.SOC_TOKEN, {})).status).toBe(409);
      const ack = Object.keys(await setsOf());
      await setsOf({ ack });
      expect((await ssf("status", TOKENS.SOC_TOKEN, { stream_id: "soc", status: "paused" })).status).toBe(200);
      const verify = { stream_id: "soc", state: "my-state" };
      expect((await ssf("verification", TOKENS.SOC_TOKEN, verify)).status).toBe(204);
      expect((await ssf("verification", TOKENS.SOC_TOKEN, verify)).status).toBe(429);
      expect(await setsOf()).toEqual({});
      await ssf("status", TOKENS.SOC_TOKEN, { stream_id: "soc", status: "enabled" });
      expect(await claimsOf(await setsOf())).toMatchObject([
        {
          sub_id: { format: "opaque", id: "soc" },
          events: { "https://schemas.openid.net/secevent/ssf/event-type/verification": { state: "my-state" } },
        },
      ]);
    });

    test("cannot be sent to another address by its receiver", async () => {
      const delivery = { method: "urn:ietf:rfc:8935", endpoint_url: `${inside.url}/admin` };
      for (const [id, token] of [
        ["bad", TOKENS.BAD_TOKEN],
        ["soc", TOKENS.SOC_TOKEN],
      ] as const) {
        expect((await ssf("stream", token, { stream_id: id, delivery }, "PATCH")).status).toBe(400);
      }
    });
  });
}
