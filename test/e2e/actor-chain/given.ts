/** The actors of an actor chain, and what they send: proofs made and commitments checked by the text of the draft. */
import { createHash } from "node:crypto";
import { compactVerify, createLocalJWKSet, decodeJwt, type JSONWebKeySet } from "jose";
import { expect } from "vitest";
import { workloadParty } from "../../../worker/chain/party.ts";
import { CAST, type CraftKey, keyNamed, sign } from "../../vectors/craft.ts";
import { nowSeconds, type World } from "../harness.ts";
import { AGENT, basic, EXCHANGE, ORDERS, post, REFUNDS, register, SERVICE, TYPE } from "../oauth.ts";
import { sharedWorld } from "../shared-world.ts";

export let world: World;
let keys: ReturnType<typeof createLocalJWKSet>;
const BOOTSTRAP = "urn:ietf:params:oauth:grant-type:actor-chain-bootstrap";
export const STEP = "actor-chain-verified-full-step-sig-v1";

/** Registers the actors, with the keys that they prove their steps by. */
export async function registerActors(): Promise<void> {
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
}

export type Json = Record<string, unknown>;
/** RFC 8785 for objects of strings, integers and objects: members by name. */
function jcs(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${jcs(member)}`).join(",")}}`;
}
export const sha256 = (text: string): string => createHash("sha256").update(text).digest("base64url");
export const node = (sub: string, act?: Json): Json => ({
  iss: workloadParty(sub, CAST.gateway).iss,
  sub,
  ...(act && { act }),
});

export interface StepOptions {
  readonly claims?: Json;
  readonly header?: Json;
  readonly raw?: string;
}

export async function stepProof(
  payload: Json,
  key: CraftKey,
  kid: string,
  { claims, header, raw }: StepOptions = {},
): Promise<string> {
  const all = { ctx: STEP, iat: nowSeconds(), ...payload, ...claims };
  return sign({ alg: "EdDSA", typ: "act-step-proof+jwt", kid, ...header }, raw ?? jcs(all), key);
}

export interface Context extends Json {
  readonly actor_chain_bootstrap_context: string;
  readonly acti: string;
  readonly initial_chain_seed: string;
}

export async function bootstrap(form: Record<string, string> = {}, who = "support-agent"): Promise<Response> {
  const all = { grant_type: BOOTSTRAP, actor_chain_profile: "verified-full", audience: REFUNDS, ...form };
  return post(world, "/oauth/actor-chain/bootstrap", all, basic(who));
}

/** The agent's first token of a verified workflow; what is given changes its proof or its request. */
export async function begin(options: StepOptions = {}, form: Record<string, string> = {}, who = "support-agent") {
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
export async function goOn(token: string, options: StepOptions = {}, form: Record<string, string> = {}) {
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

export const tokenOf = async (response: Response): Promise<string> => {
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return ((await response.json()) as { access_token: string }).access_token;
};

/** A commitment by the draft's formula, signed by the gateway, over this proof and this state. */
export async function expectCommitment(actc: string, prev: string, proof: string, acti: string): Promise<string> {
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
