/** Metadata, and what clients and operators are told of tokens. */
import * as oauth from "oauth4webapi";
import { describe, expect, test } from "vitest";
import type { AuditRecord } from "../../../worker/ledger/record.ts";
import { CAST } from "../../vectors/craft.ts";
import { recordsOf, refusalOf } from "../harness.ts";
import { AGENT, agentAuth, EXCHANGE, exchange, grantedBy, INSECURE, personToken } from "../oauth.ts";
import { as, world } from "./given.ts";

export function testMetadata(): void {
  describe("metadata", () => {
    test("of the server (RFC 8414)", () => {
      expect(as).toMatchObject({
        issuer: CAST.gateway,
        token_endpoint: `${world.url}/oauth/token`,
        grant_types_supported: expect.arrayContaining(["client_credentials", EXCHANGE]),
      });
    });
    test("of each route as a resource (RFC 9728), at the address in the challenge", async () => {
      const { challenge } = await refusalOf(await fetch(`${world.url}/refunds`, { method: "POST" }));
      const [, where] = /resource_metadata="([^"]+)"/.exec(challenge as string) ?? [];
      expect(await (await fetch(where as string)).json()).toMatchObject({
        resource: `${world.url}/refunds`,
        authorization_servers: [CAST.gateway],
        scopes_supported: ["refunds:write"],
        dpop_bound_access_tokens_required: true,
      });
    });
  });

  test("introspection as a signed JWT (RFC 9701), verified by the library", async () => {
    const granted = await grantedBy(await exchange(world, { subject_token: await personToken() }));
    const client = { client_id: "support-agent", introspection_signed_response_alg: "EdDSA" };
    const response = await oauth.introspectionRequest(as, client, agentAuth, granted.access_token, {
      ...INSECURE,
      requestJwtResponse: true,
    });
    const told = await oauth.processIntrospectionResponse(as, client, response);
    expect(told).toMatchObject({ active: true, act: { sub: AGENT } });
  });

  test("an exchange is recorded in the ledger of its task, granted or refused", async () => {
    const txn = `task-${crypto.randomUUID()}`;
    const subject_token = await personToken({ txn });
    await grantedBy(await exchange(world, { subject_token }));
    expect((await exchange(world, { subject_token, scope: "payouts:write" })).status).toBe(400);
    const records = (await recordsOf(world, txn, 2)) as AuditRecord[];
    expect(records.map(({ outcome, status }) => [outcome, status])).toEqual([
      ["allowed", 200],
      ["denied", 400],
    ]);
    expect(records.find(({ outcome }) => outcome === "allowed")).toMatchObject({
      request: { route: "oauth/token" },
      token: { act: { sub: AGENT } },
    });
    expect(records.find(({ outcome }) => outcome === "denied")).toMatchObject({ rule: "invalid_scope" });
  });
}
