/** A client's credentials, and actor tokens that a client has made itself. */
import { decodeJwt } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { CAST, keyNamed, sign } from "../../vectors/craft.ts";
import { rootOf, withHop } from "../chains.ts";
import { nowSeconds } from "../harness.ts";
import { basic, exchange, grantedBy, ORDERS, personToken, post, register, TYPE } from "../oauth.ts";
import { world } from "./given.ts";

export function testCredentials(): void {
  describe("a client's credential is accepted only if it was made for that:", () => {
    const NIGHTLY = "spiffe://acme.example/jobs/batch";
    const svid = async (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}) => {
      const now = nowSeconds();
      const all = {
        iss: "https://spire.acme.example",
        sub: NIGHTLY,
        aud: [CAST.gateway],
        iat: now,
        exp: now + 60,
        ...claims,
      };
      const plain = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
      return sign({ alg: "EdDSA", typ: "JWT", kid: "idp-1", ...header }, plain, await keyNamed("idp"));
    };
    const assert = (assertion: string, type = "jwt-spiffe") =>
      post(
        world,
        "/oauth/token",
        {
          grant_type: "client_credentials",
          audience: ORDERS,
          client_assertion_type: `urn:ietf:params:oauth:client-assertion-type:${type}`,
          client_assertion: assertion,
        },
        {},
      );
    const refused = async (response: Response): Promise<void> => {
      expect([response.status, await response.json()]).toMatchObject([401, { error: "invalid_client" }]);
    };
    beforeAll(async () => {
      await register(world, { client_id: NIGHTLY, actor: NIGHTLY, auth_method: "spiffe_jwt", secret_hashes: [] });
      const { jwk } = await keyNamed("assertion");
      await register(world, {
        client_id: "https://signer.example",
        actor: "https://signer.example",
        auth_method: "private_key_jwt",
        keys: [{ ...jwk, kid: "k" }],
      });
    });

    test("an SVID of the trust domain, with or without `iss`, is accepted once", async () => {
      const one = await svid();
      expect((await assert(one)).status).toBe(200);
      await refused(await assert(one));
      expect((await assert(await svid({ iss: undefined, jti: "2" }))).status).toBe(200);
    });
    test("a root of a chain, an access token of the workload, is refused", async () => {
      const claims = { sub: NIGHTLY, client_id: undefined, aud: [CAST.gateway], exp: nowSeconds() + 60 };
      await refused(await assert(await rootOf({ claims: { ...claims, iss: CAST.issuer } })));
      await refused(await assert(await svid({}, { typ: "at+jwt" })));
    });
    test("an SVID of another issuer, audience or lifetime is refused", async () => {
      await refused(await assert(await svid({ iss: CAST.issuer })));
      await refused(await assert(await svid({ aud: [CAST.gateway, "https://other.example"] })));
      await refused(await assert(await svid({ aud: ["https://gateway.acme.example/oauth/token"] })));
      await refused(await assert(await svid({ exp: nowSeconds() + 3600 })));
    });
    test("an SVID that is bound to a key needs a proof by that key", async () => {
      const bound = await svid({ cnf: { jwk: (await keyNamed("agent")).jwk } });
      const response = await assert(bound);
      expect([response.status, await response.json()]).toMatchObject([400, { error: "invalid_dpop_proof" }]);
    });
    test("a token of the gateway is refused", async () => {
      const token = await grantedBy(
        await post(world, "/oauth/token", { grant_type: "client_credentials", audience: CAST.gateway }),
      );
      await refused(await assert(token.access_token));
    });

    const assertion = async (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}) => {
      const now = nowSeconds();
      const id = "https://signer.example";
      const all = { iss: id, sub: id, aud: CAST.gateway, exp: now + 60, jti: crypto.randomUUID(), ...claims };
      return sign({ alg: "EdDSA", kid: "k", ...header }, all, await keyNamed("assertion"));
    };
    test("an assertion names the issuer identifier as its only audience, and a type of its own or none", async () => {
      expect((await assert(await assertion(), "jwt-bearer")).status).toBe(200);
      expect((await assert(await assertion({}, { typ: "client-authentication+jwt" }), "jwt-bearer")).status).toBe(200);
      for (const aud of [
        `${CAST.gateway}/oauth/token`,
        `${world.url}/oauth/token`,
        [CAST.gateway, "https://other.example"],
      ]) {
        await refused(await assert(await assertion({ aud }), "jwt-bearer"));
      }
      for (const typ of ["hop+jwt", "dpop+jwt", "at+jwt", "hop-envelope+jwt", "JWT"]) {
        await refused(await assert(await assertion({}, { typ }), "jwt-bearer"));
      }
    });
    test("a hop that the client signed for itself is refused", async () => {
      const root = await rootOf({
        claims: { client_id: "https://signer.example", cnf: { jwk: (await keyNamed("assertion")).jwk } },
      });
      const chain = await withHop(root, {
        from: "https://signer.example",
        by: "assertion",
        to: "https://signer.example",
        key: "assertion",
        claims: { exp: nowSeconds() + 60 },
      });
      await refused(await assert(chain.split("~")[1] as string, "jwt-bearer"));
    });
  });

  test("an actor token that the client has signed itself does not give it another name", async () => {
    await register(world, { client_id: "relay", actor: "urn:acme:relay", actors: [CAST.service] });
    const root = await rootOf({
      claims: { client_id: "relay", aud: ["relay", CAST.gateway], cnf: { jwk: (await keyNamed("mallory")).jwk } },
    });
    const made = await withHop(root, { from: "relay", by: "mallory", to: CAST.service, key: "mallory" });
    const form = {
      actor_token: made,
      actor_token_type: TYPE.chain,
      subject_token: await personToken({ aud: "relay", txn: decodeJwt(root)["txn"] }),
    };
    const response = await exchange(world, form, basic("relay"));
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: "invalid_request", error_description: expect.stringContaining("not proven") },
    ]);
  });
}
