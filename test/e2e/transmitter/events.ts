/** Which events are sent, and what they contain. */

import { decodeProtectedHeader } from "jose";
import { describe, expect, test } from "vitest";
import { CAST, hashOf } from "../../vectors/craft.ts";
import { admin, call, chainNow, taskOf } from "../harness.ts";
import { ownActs } from "../own-acts.ts";
import { CAEP, claimsOf, peer, pollUntil, reportOf, revoke, setsOf, world } from "./given.ts";

export function testEvents(): void {
  test("the metadata for receivers has the endpoints, both methods of delivery, and the issuer of the events", async () => {
    const metadata = await (await fetch(`${world.url}/.well-known/ssf-configuration`)).json();
    expect(metadata).toMatchObject({
      spec_version: "1_0",
      issuer: CAST.gateway,
      jwks_uri: `${world.url}/.well-known/jwks.json`,
      delivery_methods_supported: ["urn:ietf:rfc:8935", "urn:ietf:rfc:8936"],
      configuration_endpoint: `${world.url}/ssf/stream`,
    });
  });

  describe("a revocation", () => {
    test("is pushed to another gateway, which revokes the same: its own receiver judges the event", async () => {
      await revoke("petra");
      const acts = async (): Promise<unknown[]> => (await ownActs(peer)).map(({ about }) => about["effects"]);
      const event = `${CAEP}/session-revoked`;
      await expect.poll(acts).toContainEqual([{ event, kind: "subject", values: [CAST.issuer, "petra"] }]);
      await admin(world, "revocations", { kind: "token", issuer: CAST.issuer, jti: "t-1", reason: "leaked" });
      await expect.poll(acts).toContainEqual([{ event, kind: "token", values: [CAST.issuer, "t-1"] }]);
      await admin(world, "revocations", { kind: "session", issuer: CAST.issuer, sid: "s-1", reason: "stolen" });
      await expect.poll(acts).toContainEqual([{ event, kind: "session", values: [CAST.issuer, "s-1"] }]);
      expect(await reportOf("peer")).toMatchObject({ waiting: 0, parked: [] });
    });

    test("is polled as a SET of its own type, for one receiver, that is accepted as no other token", async () => {
      await revoke("paul");
      const { sub_id: subject, events } = await pollUntil(({ sub_id }) => JSON.stringify(sub_id).includes("paul"));
      expect(subject).toEqual({ format: "iss_sub", iss: CAST.issuer, sub: "paul" });
      expect(events[`${CAEP}/session-revoked`]).toMatchObject({
        initiating_entity: "admin",
        reason_admin: { en: "left the company" },
      });
      const [jws] = Object.values(await setsOf()) as [string];
      expect(decodeProtectedHeader(jws)).toMatchObject({ alg: "EdDSA", typ: "secevent+jwt" });
      const [claims] = await claimsOf({ jws });
      expect(claims).not.toHaveProperty("sub");
      expect(claims).not.toHaveProperty("exp");
      expect((await call(world, { chain: jws })).status).toBe(401);
    });

    test("of a task, signs of a caller and the scopes of a client are told too", async () => {
      const txn = `task-${crypto.randomUUID()}`;
      await call(world, { chain: await chainNow({ 0: { claims: { txn } } }) });
      const risk = await pollUntil(({ events }) => `${CAEP}/risk-level-change` in events);
      expect(risk).toMatchObject({
        sub_id: { format: "iss_sub", sub: CAST.service },
        events: { [`${CAEP}/risk-level-change`]: { principal: "APPLICATION", current_level: "MEDIUM" } },
      });
      await admin(world, "revocations", { kind: "task", task: taskOf(txn), reason: "done" });
      const session = { format: "iss_sub", iss: CAST.gateway, sub: taskOf(txn) };
      await pollUntil(({ sub_id }) => JSON.stringify(sub_id) === JSON.stringify({ format: "complex", session }));
      const client = {
        client_id: "batch",
        actor: "https://batch.acme.example",
        auth_method: "client_secret_post",
        secret_hashes: [hashOf("s".repeat(32))],
        grants: ["urn:ietf:params:oauth:grant-type:token-exchange"],
        audiences: ["https://gateway.acme.example/orders"],
        scopes: ["orders:read", "orders:write"],
        owner: "test",
        purpose: "test",
      };
      await admin(world, "clients/batch", client, "PUT");
      expect((await admin(world, "clients/batch", { ...client, scopes: ["orders:read"] }, "PUT")).status).toBe(200);
      const changed = await pollUntil(({ events }) => `${CAEP}/token-claims-change` in events);
      expect(changed).toMatchObject({
        sub_id: { format: "iss_sub", iss: CAST.gateway, sub: "batch" },
        events: { [`${CAEP}/token-claims-change`]: { claims: { scope: "orders:read" } } },
      });
    });
  });
}
