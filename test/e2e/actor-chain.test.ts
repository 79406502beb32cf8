/**
 * Actor chains (draft-mw-oauth-actor-chain): profiles, step proofs and commitments. Proofs are made and commitments checked
 * with node:crypto and jose, by the text of the draft, not by the gateway's code.
 */
import { createHash } from "node:crypto";
import { compactVerify, createLocalJWKSet, decodeJwt, type JSONWebKeySet } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { workloadParty } from "../../worker/chain/party.ts";
import { CAST, type CraftKey, keyNamed, sign } from "../vectors/craft.ts";
import { nowSeconds, type World } from "./harness.ts";
import {
  AGENT,
  basic,
  discover,
  EXCHANGE,
  ORDERS,
  personToken,
  post,
  REFUNDS,
  register,
  SERVICE,
  TYPE,
} from "./oauth.ts";
import { sharedWorld } from "./shared-world.ts";

let world: World;
let keys: ReturnType<typeof createLocalJWKSet>;
const BOOTSTRAP = "urn:ietf:params:oauth:grant-type:actor-chain-bootstrap";
const STEP = "actor-chain-verified-full-step-sig-v1";

beforeAll(async () => {
  world = await sharedWorld();
  const jwks = (name: string) => keyNamed(name).then(({ jwk }) => [{ ...jwk, kid: name }]);
  await register(world, { client_id: "support-agent", actor: AGENT, keys: await jwks("agent") });
  await register(world, {
    client_id: "refund-service",
    actor: SERVICE,
    aliases: [REFUNDS],
    keys: await jwks("service"),
  });
  await register(world, { client_id: "keyless", actor: "urn:acme:keyless" });
  keys = createLocalJWKSet((await (await fetch(`${world.url}/.well-known/jwks.json`)).json()) as JSONWebKeySet);
});

type Json = Record<string, unknown>;
/** RFC 8785 for objects of strings, integers and objects: members by name. */
function jcs(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${jcs(member)}`).join(",")}}`;
}
const sha256 = (text: string): string => createHash("sha256").update(text).digest("base64url");
const node = (sub: string, act?: Json): Json => ({
  iss: workloadParty(sub, CAST.gateway).iss,
  sub,
  ...(act && { act }),
});

interface StepOptions {
  readonly claims?: Json;
  readonly header?: Json;
  readonly raw?: string;
}

async function stepProof(
  payload: Json,
  key: CraftKey,
  kid: string,
  { claims, header, raw }: StepOptions = {},
): Promise<string> {
  const all = { ctx: STEP, iat: nowSeconds(), ...payload, ...claims };
  return sign({ alg: "EdDSA", typ: "act-step-proof+jwt", kid, ...header }, raw ?? jcs(all), key);
}

interface Context extends Json {
  readonly actor_chain_bootstrap_context: string;
  readonly acti: string;
  readonly initial_chain_seed: string;
}

async function bootstrap(form: Record<string, string> = {}, who = "support-agent"): Promise<Response> {
  const all = { grant_type: BOOTSTRAP, actor_chain_profile: "verified-full", audience: REFUNDS, ...form };
  return post(world, "/oauth/actor-chain/bootstrap", all, basic(who));
}

/** The agent's first token of a verified workflow; what is given changes its proof or its request. */
async function begin(options: StepOptions = {}, form: Record<string, string> = {}, who = "support-agent") {
  const context = (await (await bootstrap()).json()) as Context;
  const proof = await stepProof(
    {
      acti: context.acti,
      prev: context.initial_chain_seed,
      sub: AGENT,
      act: node(AGENT),
      target_context: { aud: REFUNDS },
    },
    await keyNamed("agent"),
    "agent",
    options,
  );
  const request = {
    grant_type: "client_credentials",
    audience: REFUNDS,
    actor_chain_profile: "verified-full",
    actor_chain_bootstrap_context: context.actor_chain_bootstrap_context,
    actor_chain_step_proof: proof,
    ...form,
  };
  return { context, proof, request, response: await post(world, "/oauth/token", request, basic(who)) };
}

/** The service goes on from the agent's token. */
async function goOn(token: string, options: StepOptions = {}, form: Record<string, string> = {}) {
  const { acti, actc } = decodeJwt(token) as { acti: string; actc: string };
  const prev = (decodeJwt(actc) as { curr: string }).curr;
  const act = node(SERVICE, node(AGENT));
  const proof = await stepProof(
    { acti, prev, sub: AGENT, act, target_context: { aud: ORDERS } },
    await keyNamed("service"),
    "service",
    options,
  );
  const request = {
    grant_type: EXCHANGE,
    subject_token: token,
    subject_token_type: TYPE.access,
    audience: ORDERS,
    actor_chain_profile: "verified-full",
    actor_chain_step_proof: proof,
    ...form,
  };
  return { proof, prev, request, response: await post(world, "/oauth/token", request, basic("refund-service")) };
}

const tokenOf = async (response: Response): Promise<string> => {
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return ((await response.json()) as { access_token: string }).access_token;
};

/** A commitment by the draft's formula, signed by the gateway, over this proof and this state. */
async function expectCommitment(actc: string, prev: string, proof: string, acti: string): Promise<string> {
  const { payload, protectedHeader } = await compactVerify(actc, keys);
  expect(protectedHeader.typ).toBe("act-commitment+jwt");
  const text = new TextDecoder().decode(payload);
  const { curr, ...state } = JSON.parse(text) as Json;
  expect(state).toEqual({
    ctx: "actor-chain-commitment-v1",
    iss: CAST.gateway,
    acti,
    actp: "verified-full",
    halg: "sha-256",
    prev,
    step_hash: sha256(proof),
  });
  expect(curr).toBe(sha256(jcs(state)));
  expect(text).toBe(jcs({ ...state, curr }));
  return curr as string;
}

test("metadata names what is offered", async () => {
  expect(await discover(world)).toMatchObject({
    actor_chain_bootstrap_endpoint: `${world.url}/oauth/actor-chain/bootstrap`,
    actor_chain_profiles_supported: ["declared-full", "verified-full"],
    actor_chain_commitment_hashes_supported: ["sha-256"],
  });
});

describe("declared-full", () => {
  test("begins with the first actor, grows by the next, keeps workflow, profile and subject", async () => {
    const profile = { actor_chain_profile: "declared-full" };
    const first = await tokenOf(
      await post(world, "/oauth/token", { grant_type: "client_credentials", audience: REFUNDS, ...profile }),
    );
    const begun = decodeJwt(first);
    expect(begun).toMatchObject({ actp: "declared-full", sub: AGENT, act: node(AGENT) });
    expect(begun["acti"]).toMatch(/^[0-9a-f-]{36}$/);
    const form = { grant_type: EXCHANGE, subject_token: first, subject_token_type: TYPE.access, audience: ORDERS };
    const next = decodeJwt(
      await tokenOf(await post(world, "/oauth/token", { ...form, ...profile }, basic("refund-service"))),
    );
    expect(next).toMatchObject({
      actp: "declared-full",
      acti: begun["acti"],
      sub: AGENT,
      act: node(SERVICE, node(AGENT)),
    });
    expect(next["actc"]).toBeUndefined();

    // The profile cannot be left, or changed.
    for (const other of [{}, { actor_chain_profile: "verified-full" }]) {
      const refused = await post(world, "/oauth/token", { ...form, ...other }, basic("refund-service"));
      expect([refused.status, await refused.json()]).toMatchObject([400, { error: "invalid_grant" }]);
    }
  });

  test("a person's workflow begins when the first actor exchanges the person's token", async () => {
    const form = {
      grant_type: EXCHANGE,
      subject_token: await personToken(),
      subject_token_type: TYPE.access,
      audience: REFUNDS,
    };
    const token = decodeJwt(
      await tokenOf(await post(world, "/oauth/token", { ...form, actor_chain_profile: "declared-full" })),
    );
    expect(token).toMatchObject({ actp: "declared-full", sub: "alice", act: node(AGENT) });
  });

  test.each(["declared-subset", "verified-actor-only", "anything"])("%s is not offered", async (profile) => {
    const refused = await post(world, "/oauth/token", {
      grant_type: "client_credentials",
      audience: REFUNDS,
      actor_chain_profile: profile,
    });
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: "invalid_request" }]);
  });
});

describe("verified-full", () => {
  test("each actor proves its step, and each commitment covers the one before", async () => {
    const { context, proof, response } = await begin();
    expect(context).toMatchObject({ sub: AGENT, halg: "sha-256", target_context: { aud: REFUNDS } });
    const first = decodeJwt(await tokenOf(response.clone()));
    expect(first).toMatchObject({ actp: "verified-full", acti: context.acti, act: node(AGENT) });
    const curr = await expectCommitment(first["actc"] as string, context.initial_chain_seed, proof, context.acti);

    const next = await goOn(await tokenOf(response));
    expect(next.prev).toBe(curr);
    const second = decodeJwt(await tokenOf(next.response));
    expect(second).toMatchObject({ acti: context.acti, sub: AGENT, act: node(SERVICE, node(AGENT)) });
    await expectCommitment(second["actc"] as string, curr, next.proof, context.acti);
  });

  test("the same proof again is a retry with the same state; another proof from the same state is refused", async () => {
    const { request, response } = await begin();
    const first = decodeJwt(await tokenOf(response));
    const again = decodeJwt(await tokenOf(await post(world, "/oauth/token", request)));
    expect([again["actc"], again["acti"]]).toEqual([first["actc"], first["acti"]]);
    const context = request.actor_chain_bootstrap_context;
    const { acti, seed } = decodeJwt(context) as { acti: string; seed: string };
    const other = await stepProof(
      { acti, prev: seed, sub: AGENT, act: node(AGENT), target_context: { aud: REFUNDS } },
      await keyNamed("agent"),
      "agent",
      { claims: { iat: nowSeconds() - 7 } },
    );
    const refused = await post(world, "/oauth/token", { ...request, actor_chain_step_proof: other });
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: "invalid_grant" }]);
  });

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

  test("a payload that is the same JSON in another spelling is refused", async () => {
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

  test("no proof, and a proof without a key that could have made it", async () => {
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

  test("a bootstrap context of another client, for another target, or made up", async () => {
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

  test("preserving exchanges are not offered, and said so", async () => {
    const token = await tokenOf((await begin()).response);
    for (const mode of ["actor_chain_refresh", "actor_chain_cross_domain"]) {
      expect(await (await goOn(token, {}, { [mode]: "true" })).response.json()).toMatchObject({
        error: "invalid_request",
      });
    }
  });
});
