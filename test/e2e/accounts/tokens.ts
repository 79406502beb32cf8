/** The vendor's tokens: renewed once, ended with the account, never returned. */
import { describe, expect, test } from "vitest";
import { OVER, VENDOR_CLIENT } from "../account-vendor.ts";
import { ADMIN_TOKEN, refusalOf } from "../harness.ts";
import { acts, connect, door, log, read, vendor } from "./given.ts";

export function testTokens(): void {
  describe("a vendor's tokens", () => {
    test("are renewed once for 64 requests at the same time, by a refresh token that is accepted once", async () => {
      await connect("alice", "alice-at-vendor");
      vendor.endTokens();
      const refused = await refusalOf(await read("alice"));
      expect(refused).toMatchObject({ status: 502, rule: "credential_refused" });
      const before = vendor.granted.get("refresh_token") ?? 0;
      const answers = await Promise.all(Array.from({ length: 64 }, () => read("alice")));
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 64 }, () => 200));
      expect((vendor.granted.get("refresh_token") ?? 0) - before).toBe(1);
      // The one that took its place is good too.
      vendor.endTokens();
      await read("alice");
      expect((await read("alice")).status).toBe(200);
    });

    test.each([
      ["no challenge", undefined],
      ["no error", "Bearer"],
      ["another error", 'Bearer error="insufficient_scope"'],
      ["another scheme", 'Digest realm="crm", error="invalid_token"'],
      ["the error in a text", 'Bearer realm="error=invalid_token"'],
      ["two readings", 'Bearer error="invalid_token'],
    ])(
      "are kept, and so is the account, if the vendor answers 401 with %s, whoever caused it",
      async (_, challenge) => {
        await connect("alice", "alice-at-vendor");
        const before = vendor.granted.get("refresh_token") ?? 0;
        vendor.endTokens();
        vendor.challenge = challenge;
        for (let turn = 0; turn < 5; turn++)
          expect(await refusalOf(await read("alice"))).toMatchObject({ status: 502, rule: "credential_refused" });
        expect(vendor.granted.get("refresh_token") ?? 0).toBe(before);
        vendor.challenge = OVER;
        await read("alice");
        expect((await read("alice")).status).toBe(200);
      },
    );

    test("are renewed at most five times a minute because of answers of the vendor's API, and the account is kept", async () => {
      await connect("alice", "alice-at-vendor");
      const before = vendor.granted.get("refresh_token") ?? 0;
      for (let turn = 0; turn < 12; turn++) {
        vendor.endTokens();
        await read("alice");
      }
      expect((vendor.granted.get("refresh_token") ?? 0) - before).toBeLessThanOrEqual(5);
      expect(await refusalOf(await read("alice"))).toMatchObject({ rule: "credential_refused" });
      const told = log.filter((line) => line.includes("account_refused")).map((line) => JSON.parse(line) as object);
      expect(told.at(-1)).toMatchObject({ level: "warn", about: { vendor: "crm", renews: true } });
    });

    test("are not renewed while the vendor is down, and are renewed when it is back", async () => {
      await connect("alice", "alice-at-vendor");
      vendor.endTokens();
      await read("alice");
      vendor.down = true;
      const answer = await refusalOf(await read("alice")).finally(() => {
        vendor.down = false;
      });
      expect(answer).toMatchObject({ status: 503, rule: "credential_unavailable" });
      expect((await read("alice")).status).toBe(200);
    });

    test("that the vendor has revoked make the gateway ask the person to connect again", async () => {
      await connect("erin", "erin-at-vendor");
      vendor.endTokens();
      await vendor.endAccount("erin-at-vendor");
      await read("erin");
      expect(await refusalOf(await read("erin"))).toMatchObject({ status: 403, rule: "account_unconnected" });
    });

    test("are never returned, whatever the vendor answers, and are in no log and no ledger", async () => {
      await connect("alice", "alice-at-vendor");
      const answer = await read("alice");
      const told = (await answer.text()) + JSON.stringify([...answer.headers]);
      expect(told).toContain("alice-at-vendor");
      const audit = await fetch(
        `${door.url}/admin/decisions/${answer.headers.get("hop-decision")?.replaceAll('"', "")}`,
        {
          headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
        },
      );
      const everything = told + (await audit.text()) + JSON.stringify(await acts()) + log.join("\n");
      expect(vendor.given.size).toBeGreaterThan(10);
      for (const token of [...vendor.given, VENDOR_CLIENT.secret])
        for (const form of [token, btoa(token), encodeURIComponent(token)]) expect(everything).not.toContain(form);
    });
  });
}
