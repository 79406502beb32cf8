/** Steps of an actor chain that are refused: with a wrong proof, without a proof, or from another client's context. */
import { decodeJwt } from "jose";
import { expect, test } from "vitest";
import { keyNamed } from "../../vectors/craft.ts";
import { nowSeconds } from "../harness.ts";
import { AGENT, basic, ORDERS, personToken, post, REFUNDS, SERVICE } from "../oauth.ts";
import {
  begin,
  bootstrap,
  type Context,
  goOn,
  type Json,
  node,
  STEP,
  type StepOptions,
  sha256,
  tokenOf,
  world,
} from "./given.ts";

export function testForgedSteps(): void {
  const mallory = async (): Promise<StepOptions> => ({ header: { jwk: (await keyNamed("mallory")).jwk } });
  const FORGED: readonly (readonly [string, string, StepOptions | (() => Promise<StepOptions>)])[] = [
    ["another workflow", "`acti`", { claims: { acti: crypto.randomUUID() } }],
    ["another state", "`prev`", { claims: { prev: sha256("elsewhere") } }],
    ["another subject", "`sub`", { claims: { sub: "alice" } }],
    ["an actor left out", "`act`", { claims: { act: node(SERVICE) } }],
    ["an actor put in", "`act`", { claims: { act: node(SERVICE, node("urn:acme:ghost", node(AGENT))) } }],
    ["actors in another order", "`act`", { claims: { act: node(AGENT, node(SERVICE)) } }],
    [
      "an actor of another namespace",
      "`act`",
      { claims: { act: { ...node(SERVICE, node(AGENT)), iss: "https://evil.example" } } },
    ],
    ["another target", "`target_context`", { claims: { target_context: { aud: REFUNDS } } }],
    [
      "a target with a constraint that is not understood",
      "`target_context`",
      { claims: { target_context: { aud: ORDERS, request_id: "1" } } },
    ],
    ["an old signature", "`iat`", { claims: { iat: nowSeconds() - 600 } }],
    [
      "another profile's context string",
      "canonical JSON",
      { claims: { ctx: "actor-chain-verified-subset-step-sig-v1" } },
    ],
    ["a member too many", "canonical JSON", { claims: { extra: 1 } }],
    ["another type", "has the wrong `typ`", { header: { typ: "jwt" } }],
    ["the type in capitals", "has the wrong `typ`", { header: { typ: "ACT-STEP-PROOF+JWT" } }],
    ["a critical header that nobody knows", "not signed by a key", { header: { crit: ["x"], x: 1 } }],
    ["a payload that is no JSON", "canonical JSON", { raw: "{" }],
    [
      "a key of its own in the header",
      "not signed by a key",
      async () => ({ ...(await mallory()), header: { kid: "mallory" } }),
    ],
  ];
  test.each(FORGED)("a step proof with %s is refused", async (_, because, options) => {
    const token = await tokenOf((await begin()).response);
    const { response } = await goOn(token, typeof options === "function" ? await options() : options);
    const body = (await response.json()) as Json;
    expect([response.status, body["error"]]).toEqual([400, "invalid_grant"]);
    expect(body["error_description"]).toContain(because);
  });

  test("a payload with the same JSON value in other characters is refused", async () => {
    const token = await tokenOf((await begin()).response);
    const { acti, actc } = decodeJwt(token) as { acti: string; actc: string };
    const prev = (decodeJwt(actc) as { curr: string }).curr;
    const all = {
      acti,
      act: node(SERVICE, node(AGENT)),
      ctx: STEP,
      iat: nowSeconds(),
      prev,
      sub: AGENT,
      target_context: { aud: ORDERS },
    };
    const { response } = await goOn(token, { raw: JSON.stringify(all, null, 1) });
    expect(((await response.json()) as Json)["error_description"]).toContain("canonical JSON");
  });

  test("a step without a proof is refused, and one of a client without a registered key", async () => {
    const token = await tokenOf((await begin()).response);
    const without = await goOn(token, {}, { actor_chain_step_proof: "" });
    expect(await without.response.json()).toMatchObject({ error: "invalid_request" });
    const context = (await (await bootstrap({ audience: ORDERS }, "keyless")).json()) as Context;
    const refused = await post(
      world,
      "/oauth/token",
      {
        grant_type: "client_credentials",
        audience: ORDERS,
        actor_chain_profile: "verified-full",
        actor_chain_bootstrap_context: context.actor_chain_bootstrap_context,
        actor_chain_step_proof: "x.y.z",
      },
      basic("keyless"),
    );
    expect(await refused.json()).toMatchObject({
      error: "invalid_grant",
      error_description: expect.stringContaining("has no registered key"),
    });
  });

  test("a bootstrap context of another client, for another target, or made up is refused", async () => {
    const stolen = await begin({}, {}, "refund-service");
    expect(await stolen.response.json()).toMatchObject({
      error: "invalid_grant",
      error_description: expect.stringContaining("another client's"),
    });
    const elsewhere = await begin({}, { audience: ORDERS });
    expect(await elsewhere.response.json()).toMatchObject({
      error: "invalid_grant",
      error_description: expect.stringContaining("another target"),
    });
    const forged = await begin({}, { actor_chain_bootstrap_context: await personToken() });
    expect(await forged.response.json()).toMatchObject({
      error: "invalid_grant",
      error_description: expect.stringContaining("is not valid at this server"),
    });
  });
}
