/** A workload's own root. */
import * as oauth from "oauth4webapi";
import { describe, expect, test } from "vitest";
import { CAST, keyNamed, sign } from "../../vectors/craft.ts";
import { call, ledgerOf, nowSeconds, refusalOf, taskOf } from "../harness.ts";
import { AGENT, agent, agentAuth, grantedBy, INSECURE, ORDERS, post, register, SECRET, SERVICE } from "../oauth.ts";
import { as, verified, world } from "./given.ts";

export function testOwnRoot(): void {
  describe("a workload's own root", () => {
    test("client credentials, bound by DPoP with the server's nonce, then delegated offline", async () => {
      const pair = await oauth.generateKeyPair("Ed25519", { extractable: true });
      const DPoP = oauth.DPoP(agent, pair);
      const ask = () =>
        oauth.clientCredentialsGrantRequest(as, agent, agentAuth, { resource: CAST.gateway }, { ...INSECURE, DPoP });
      const first = await oauth
        .processClientCredentialsResponse(as, agent, await ask())
        .catch((error: unknown) => error);
      expect(oauth.isDPoPNonceError(first)).toBe(true);
      const granted = await oauth.processClientCredentialsResponse(as, agent, await ask());
      expect(granted.token_type).toBe("dpop");
      const claims = await verified(granted.access_token);
      expect(claims).toMatchObject({
        sub: AGENT,
        act: { sub: AGENT },
        tctx: { purpose: "customer-support" },
        max_hops: 3,
      });

      // The key of the proof signs hop 1, for the refund service: no call to anyone.
      const service = await keyNamed("service");
      const { x } = (await crypto.subtle.exportKey("jwk", pair.publicKey)) as { x: string };
      const seed = Buffer.from(
        ((await crypto.subtle.exportKey("jwk", pair.privateKey)) as { d: string }).d,
        "base64url",
      );
      const hop = await sign(
        { alg: "EdDSA", typ: "hop+jwt", jwk: { kty: "OKP", crv: "Ed25519", x } },
        {
          iss: AGENT,
          sub: SERVICE,
          aud: CAST.gateway,
          scope: "orders:read",
          iat: nowSeconds() - 1,
          exp: nowSeconds() + 60,
          jti: crypto.randomUUID(),
          pth: Buffer.from(
            await crypto.subtle.digest("SHA-256", new TextEncoder().encode(granted.access_token)),
          ).toString("base64url"),
          cnf: { jwk: service.jwk },
        },
        { ...(await keyNamed("x")), seed },
      );
      const response = await call(world, { chain: `${granted.access_token}~${hop}`, key: service });
      // Verified and judged: the agent is no person, so nothing permits it, and the ledger knows the whole chain.
      expect((await refusalOf(response)).description).toContain("policy_denied");
      const [issued, entry] = await ledgerOf(world, taskOf(claims["txn"] as string, CAST.gateway), 2);
      expect(JSON.parse(issued?.record as string)).toMatchObject({
        act: "issued",
        by: { sub: AGENT },
        about: { grant: "client_credentials", jti: claims["jti"], subject: { sub: AGENT } },
      });
      expect(JSON.parse(entry?.record as string).chain.actors).toMatchObject([{ sub: AGENT }, { sub: SERVICE }]);
    });

    test.each([
      ["client_secret_post", oauth.ClientSecretPost(SECRET)],
      ["private_key_jwt", undefined],
    ])("authentication by %s", async (method, given) => {
      const pair = await oauth.generateKeyPair("Ed25519", { extractable: true });
      const jwk = { ...(await crypto.subtle.exportKey("jwk", pair.publicKey)), kid: "c1" };
      const [id, actor] = [`client-${method}`, `urn:acme:${method}`];
      const credential = method === "private_key_jwt" ? { keys: [jwk] } : {};
      expect((await register(world, { client_id: id, actor, auth_method: method, ...credential })).status).toBe(200);
      const client = { client_id: id };
      const auth = given ?? oauth.PrivateKeyJwt({ key: pair.privateKey, kid: "c1" });
      const response = await oauth.clientCredentialsGrantRequest(as, client, auth, { resource: ORDERS }, INSECURE);
      const granted = await oauth.processClientCredentialsResponse(as, client, response);
      expect(await verified(granted.access_token)).toMatchObject({ sub: actor, aud: ORDERS });
    });

    test("authentication by JWT-SVID", async () => {
      const id = "spiffe://acme.example/jobs/by-svid";
      await register(world, { client_id: id, actor: id, auth_method: "spiffe_jwt", secret_hashes: [] });
      const now = nowSeconds();
      const svid = await sign(
        { alg: "EdDSA", typ: "JWT", kid: "idp-1" },
        { iss: "https://spire.acme.example", sub: id, aud: [CAST.gateway], exp: now + 60, iat: now - 1 },
        await keyNamed("idp"),
      );
      const form = {
        grant_type: "client_credentials",
        audience: ORDERS,
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe",
      };
      const granted = await grantedBy(await post(world, "/oauth/token", { ...form, client_assertion: svid }, {}));
      expect(await verified(granted.access_token)).toMatchObject({ sub: id });
    });
  });
}
