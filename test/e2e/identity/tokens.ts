/** What tokens keep of a chain: who acted, their type, the age of the task. */
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { CAST, keyNamed } from "../../vectors/craft.ts";
import { nameOf, rootOf, toAgent, withHop } from "../chains.ts";
import { call, nowSeconds, refusalOf, seenBy, taskOf } from "../harness.ts";
import {
  AGENT,
  basic,
  exchange,
  grantedBy,
  ORDERS,
  personToken,
  post,
  REFUNDS,
  register,
  registerCast,
  TYPE,
} from "../oauth.ts";
import { revoke, ruleOf, serviceChain, world } from "./given.ts";

export function testTokens(): void {
  describe("a Txn-Token keeps every actor", () => {
    const onward = async (token: string) =>
      exchange(world, { subject_token: token, subject_token_type: TYPE.txn, audience: REFUNDS }, basic("billing"));
    const received = async (chain: string): Promise<string> =>
      String(
        (await seenBy(await call(world, { method: "POST", path: "/refunds", chain, body: "{}" }))).headers["txn-token"],
      );
    beforeAll(() => register(world, { client_id: "billing", actor: "urn:acme:billing", aliases: ["acme.example"] }));

    test("through an exchange", async () => {
      const { access_token: token } = await grantedBy(await onward(await received(await serviceChain())));
      expect(decodeJwt(token)).toMatchObject({
        sub_id: { format: "iss_sub", iss: CAST.issuer, sub: "alice" },
        act: { sub: "urn:acme:billing", act: { sub: CAST.service, act: { sub: CAST.agent, act: { sub: CAST.app } } } },
        act_proof: ["registered", "registered", "registered", "registered"],
      });
    });
    test.each<[string, (chain: string) => object]>([
      ["leaf hop", (chain) => ({ kind: "hop", hash: nameOf(chain, 2) })],
      ["root", (chain) => ({ kind: "hop", hash: nameOf(chain, 0) })],
      ["task", (chain) => ({ kind: "task", task: taskOf(String(decodeJwt(chain.split("~")[0] as string)["txn"])) })],
      ["session", () => ({ kind: "session", issuer: CAST.issuer, sid: "s-txn" })],
    ])("and ends with its %s", async (_, revocation) => {
      const chain = await serviceChain({ sid: "s-txn" });
      const token = await received(chain);
      const derived = (await grantedBy(await onward(token))).access_token;
      expect((await revoke(revocation(chain))).status).toBe(200);
      expect((await onward(token)).status).toBe(400);
      const told = await post(world, "/oauth/introspect", { token: derived }, basic("billing"));
      expect(await told.json()).toEqual({ active: false });
    });
  });

  test("a token of the authorization server is of another type, and never for an upstream", async () => {
    const ask = (audience: string) => post(world, "/oauth/token", { grant_type: "client_credentials", audience });
    await register(world, {
      client_id: "support-agent",
      actor: AGENT,
      audiences: [ORDERS, REFUNDS, CAST.gateway, "https://orders.acme.example"],
    });
    expect(await (await ask("https://orders.acme.example")).json()).toMatchObject({ error: "invalid_target" });
    await registerCast(world);
    const { access_token: token } = await grantedBy(await ask(ORDERS));
    expect(JSON.parse(Buffer.from(token.split(".")[0] as string, "base64url").toString())).toMatchObject({
      typ: "at+jwt",
    });
    const upstreams = ["https://orders.acme.example", "https://payments.acme.example"];
    expect([decodeJwt(token).aud].flat().filter((aud) => upstreams.includes(String(aud)))).toEqual([]);
    const narrowed = String(
      (await seenBy(await call(world, { chain: await serviceChain() }))).headers["authorization"],
    );
    expect(JSON.parse(Buffer.from(narrowed.slice(7).split(".")[0] as string, "base64url").toString())).toMatchObject({
      typ: "hop-narrowed+jwt",
    });
  });

  test("a hop keeps its name under another form of its ECDSA signature", async () => {
    const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
    world.upstream.jwks.set("rotating.json", {
      keys: [{ ...(await exportJWK(publicKey)), kid: "es", alg: "ES256", use: "sig" }],
    });
    const claims = decodeJwt(await rootOf({ claims: { iss: "https://rotating.acme.example", txn: undefined } }));
    const root = await new SignJWT(claims)
      .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "es" })
      .sign(privateKey);
    const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const [header, payload, signature] = root.split(".") as [string, string, string];
    const bytes = Buffer.from(signature, "base64url");
    const s = BigInt(`0x${bytes.subarray(32).toString("hex")}`);
    const other = Buffer.concat([
      bytes.subarray(0, 32),
      Buffer.from((ORDER - s).toString(16).padStart(64, "0"), "hex"),
    ]);
    const flipped = [header, payload, other.toString("base64url")].join(".");
    const key = await keyNamed("app");
    const denied = await refusalOf(await call(world, { chain: root, key }));
    expect(denied.description).not.toContain("signature_invalid");
    await revoke({ kind: "hop", hash: nameOf(root, 0) });
    expect(await ruleOf(await call(world, { chain: root, key }))).toBe("revoked");
    expect(await ruleOf(await call(world, { chain: flipped, key }))).toBe("revoked");
    const further = await withHop(flipped, toAgent);
    expect(await ruleOf(await call(world, { chain: further, key: await keyNamed("agent") }))).toBe("revoked");
  });

  test("the age of a task counts from the first root, through exchanges", async () => {
    await register(world, { client_id: "quick", actor: "urn:acme:quick", aliases: [REFUNDS], max_task_seconds: 60 });
    const old = await personToken({ iat: nowSeconds() - 3000 });
    const { access_token: token } = await grantedBy(await exchange(world, { subject_token: old, audience: REFUNDS }));
    const response = await exchange(world, { subject_token: token }, basic("quick"));
    expect(await response.json()).toMatchObject({ error_description: expect.stringContaining("has no time left") });
  });
}
