/**
 * Step proofs (draft-mw-oauth-actor-chain, "Step Proof in JWT"): the actor signs the chain that ends with itself, the
 * previous state and the target, with a key that is registered for it. A secret that the server knows too would prove
 * nothing later.
 */
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from "jose";
import * as v from "valibot";
import type { ActClaim } from "../../chain/act.ts";
import { isSameParty } from "../../chain/party.ts";
import { PROOF_ALGORITHMS } from "../../proof/jws.ts";
import type { Client } from "../clients.ts";
import { OauthError } from "../errors.ts";
import { clientActor } from "../names.ts";
import type { Service } from "../service.ts";
import { canonicalJson } from "./commitment.ts";

const TYPE = "act-step-proof+jwt";
const STEP_CONTEXT = "actor-chain-verified-full-step-sig-v1";

const Payload = v.strictObject({
  ctx: v.literal(STEP_CONTEXT),
  acti: v.string(),
  prev: v.string(),
  sub: v.string(),
  act: v.record(v.string(), v.unknown()),
  target_context: v.record(v.string(), v.unknown()),
  iat: v.number(),
});

/** The claims that the proof must have. */
export interface ExpectedStep {
  readonly acti: string;
  readonly prev: string;
  readonly sub: string;
  /** The chain with the actor at its end (outermost). */
  readonly act: ActClaim;
  readonly target: string;
}

/** @throws OauthError `invalid_request` if there is no readable proof, `invalid_grant` if it proves something else */
export async function verifyStepProof(
  proof: string,
  expected: ExpectedStep,
  client: Client,
  service: Service,
): Promise<void> {
  // The registered keys are the client's own, so it cannot sign another actor's step.
  if (!isSameParty(expected.act, clientActor(client, service.config.gateway.id)))
    throw new OauthError(
      "invalid_grant",
      "the client cannot sign a step of another actor: the actor itself must send the request",
    );
  if (!client.keys?.length)
    throw new OauthError("invalid_grant", "the client has no registered key that can sign its step proof");
  const { payload, protectedHeader } = await compactVerify(
    proof,
    createLocalJWKSet({ keys: client.keys } as unknown as JSONWebKeySet),
    { algorithms: PROOF_ALGORITHMS },
  ).catch((cause: unknown) => {
    throw new OauthError("invalid_grant", "the step proof is not signed by a key of the actor", { cause });
  });
  if (protectedHeader.typ !== TYPE) throw new OauthError("invalid_grant", "the step proof has the wrong `typ`");
  const { acti, prev, sub, act, target_context: target, iat } = read(payload);
  const differs = [
    ["acti", acti === expected.acti],
    ["prev", prev === expected.prev],
    ["sub", sub === expected.sub],
    ["act", canonicalJson(act) === canonicalJson(expected.act)],
    ["target_context", canonicalJson(target) === canonicalJson({ aud: expected.target })],
    ["iat", isRecent(iat, service)],
  ].find(([, same]) => !same);
  if (differs !== undefined) throw new OauthError("invalid_grant", `\`${differs[0]}\` of the step proof is wrong`);
}

/** The payload must be canonical JSON, so that a proof has only one form: no duplicate names, no other encoding. */
function read(payload: Uint8Array): v.InferOutput<typeof Payload> {
  try {
    const json = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload);
    const parsed = v.parse(Payload, JSON.parse(json));
    if (canonicalJson(parsed) === json) return parsed;
  } catch {
    // Answered below, like every other malformed payload.
  }
  throw new OauthError("invalid_grant", "the step proof is not canonical JSON");
}

function isRecent(iat: number, { config, now }: Service): boolean {
  const seconds = Math.floor(now() / 1000);
  return iat <= seconds + config.gateway.clock_skew && iat > seconds - config.gateway.proof_window;
}
