/** Exchanges, from a person's token on. */
import { decodeJwt } from "jose";
import * as oauth from "oauth4webapi";
import { describe, expect, test } from "vitest";
import { CAST, craftChain, keyNamed, sign } from "../../vectors/craft.ts";
import { call, nowSeconds, refusalOf, seenBy } from "../harness.ts";
import {
  AGENT,
  agent,
  agentAuth,
  basic,
  exchange,
  grantedBy,
  INSECURE,
  ORDERS,
  personToken,
  post,
  REFUNDS,
  register,
  SECRET,
  SERVICE,
  TYPE,
} from "../oauth.ts";
import { as, exchangeByLibrary, exchangeWithKey, verified, world } from "./given.ts";

export function testExchange(): void {
  describe("a person's token, an agent, a service", () => {
    test("`act` names the actors at every step, and when the task ends, every token under it is refused", async () => {
      const txn = `task-${crypto.randomUUID()}`;
      const person = await sign(
        { alg: "EdDSA", typ: "JWT", kid: "idp-1" },
        {
          iss: "https://login.acme.example",
          sub: "alice",
          aud: "support-agent",
          iat: nowSeconds() - 5,
          exp: nowSeconds() + 600,
          jti: crypto.randomUUID(),
          txn,
          tctx: { purpose: "customer-support/refund" },
        },
        await keyNamed("idp"),
      );
      const forService = await exchangeByLibrary(agent, agentAuth, {
        subject_token: person,
        subject_token_type: TYPE.id,
        audience: REFUNDS,
      });
      expect(await verified(forService.access_token)).toMatchObject({
        sub: "alice",
        aud: REFUNDS,
        act: { sub: AGENT },
        txn,
      });

      const service: oauth.Client = { client_id: "refund-service" };
      const forOrders = await exchangeByLibrary(service, oauth.ClientSecretBasic(SECRET), {
        subject_token: forService.access_token,
        subject_token_type: TYPE.access,
        resource: ORDERS,
        scope: "refunds:write",
      });
      const claims = await verified(forOrders.access_token);
      expect(claims).toMatchObject({
        sub: "alice",
        aud: ORDERS,
        scope: "refunds:write",
        client_id: "refund-service",
        act: { sub: SERVICE, iss: "spiffe://acme.example", act: { sub: AGENT } },
        act_proof: ["stated", "registered", "registered"],
        sub_id: { format: "iss_sub", iss: "https://login.acme.example", sub: "alice" },
      });
      expect(claims.exp as number).toBeLessThanOrEqual(decodeJwt(forService.access_token).exp as number);

      // Introspection tells the audience's side; a stranger learns nothing.
      const introspect = async (client: oauth.Client, token: string) =>
        oauth.processIntrospectionResponse(
          as,
          client,
          await oauth.introspectionRequest(as, client, agentAuth, token, INSECURE),
        );
      expect(await introspect(service, forOrders.access_token)).toMatchObject({ active: true, sub: "alice", txn });

      const ended = await post(world, `/oauth/tasks/${txn}/end`, { token: forService.access_token });
      expect(ended.status).toBe(200);
      for (const [token, type, who] of [
        [person, TYPE.id, "support-agent"],
        [forService.access_token, TYPE.access, "refund-service"],
        [forOrders.access_token, TYPE.access, "refund-service"],
      ] as const) {
        const refused = await exchange(world, { subject_token: token, subject_token_type: type }, basic(who));
        expect([refused.status, await refused.json()]).toMatchObject([400, { error: "invalid_request" }]);
      }
      expect(await introspect(service, forOrders.access_token)).toEqual({ active: false });
    });

    test("the upstream gets the person as the subject, and the service with the agent nested in `act`", async () => {
      const dpopKey = await keyNamed("service");
      const forGateway = await exchangeWithKey(
        dpopKey,
        { subject_token: await personToken({ cnf: undefined }), audience: REFUNDS },
        "support-agent",
      );
      const token = await exchangeWithKey(
        dpopKey,
        { subject_token: forGateway, audience: CAST.gateway },
        "refund-service",
      );
      const seen = await seenBy(await call(world, { method: "POST", path: "/refunds", chain: token, key: dpopKey }));
      const [, narrowed] = (seen.headers["authorization"] as string).split(" ");
      expect(await verified(narrowed as string, "hop-narrowed+jwt")).toMatchObject({
        sub: "alice",
        aud: "https://orders.acme.example",
        act: { sub: SERVICE, act: { sub: AGENT } },
      });
    });

    test("an upstream continues from the Txn-Token that it received, in the same task", async () => {
      const aliases = ["acme.example"];
      await register(world, { client_id: "orders", actor: "https://orders.acme.example/service", aliases });
      const seen = await seenBy(await call(world, { method: "POST", path: "/refunds", body: "{}" }));
      const [, narrowed] = (seen.headers["authorization"] as string).split(" ") as [string, string];
      const received = seen.headers["txn-token"] as string;
      const granted = await grantedBy(
        await exchange(
          world,
          { subject_token: received, subject_token_type: TYPE.txn, audience: REFUNDS },
          basic("orders"),
        ),
      );
      expect(await verified(granted.access_token)).toMatchObject({
        sub: "alice",
        sub_id: { format: "iss_sub", iss: CAST.issuer, sub: "alice" },
        act: {
          sub: "https://orders.acme.example/service",
          act: { sub: SERVICE, act: { sub: AGENT, act: { sub: CAST.app } } },
        },
        txn: decodeJwt(narrowed)["txn"],
      });
      // But nobody comes back to the gateway, or to the token endpoint, with the token that was made for the upstream.
      const exchanged = await exchange(world, { subject_token: narrowed, audience: REFUNDS }, basic("orders"));
      expect([exchanged.status, await exchanged.json()]).toMatchObject([400, { error: "invalid_request" }]);
      const back = await refusalOf(
        await call(world, { chain: narrowed, headers: { authorization: `Bearer ${narrowed}`, dpop: "" } }),
      );
      expect(back.description).toContain("typ_forbidden");
    });

    test("a whole chain of hops is exchanged by its last delegate", async () => {
      const { chain } = await craftChain(nowSeconds());
      const key = await keyNamed("service");
      const token = await exchangeWithKey(
        key,
        { subject_token: chain, subject_token_type: TYPE.chain, audience: ORDERS },
        "refund-service",
      );
      expect(await verified(token)).toMatchObject({
        sub: "alice",
        act: { sub: SERVICE, act: { sub: AGENT, act: { sub: CAST.app } } },
      });
    });

    test("a Txn-Token with the contexts that were asked for", async () => {
      const granted = await grantedBy(
        await exchange(world, {
          subject_token: await personToken({ tctx: undefined }),
          requested_token_type: TYPE.txn,
          request_context: JSON.stringify({ req_ip: "10.0.0.1" }),
          request_details: JSON.stringify({ order: 17, purpose: "customer-support/refund" }),
        }),
      );
      expect(granted).toMatchObject({ issued_token_type: TYPE.txn, token_type: "N_A" });
      expect(await verified(granted.access_token, "txntoken+jwt")).toMatchObject({
        aud: "acme.example",
        sub: "alice",
        req_wl: AGENT,
        rctx: { req_ip: "10.0.0.1" },
        tctx: { order: 17, purpose: "customer-support/refund" },
      });
    });

    test("a Txn-Token for the trust domain by its name, and no other token for it", async () => {
      const form = { subject_token: await personToken(), audience: "acme.example" };
      const granted = await grantedBy(await exchange(world, { ...form, requested_token_type: TYPE.txn }));
      expect(await verified(granted.access_token, "txntoken+jwt")).toMatchObject({ aud: "acme.example", sub: "alice" });
      for (const change of [
        { requested_token_type: TYPE.access },
        { requested_token_type: TYPE.txn, audience: "other.example" },
        { requested_token_type: TYPE.txn, resource: ORDERS },
      ]) {
        const refused = await exchange(world, { ...form, ...change });
        expect([refused.status, await refused.json()]).toEqual([
          400,
          expect.objectContaining({ error: "invalid_target" }),
        ]);
      }
    });
  });
}
