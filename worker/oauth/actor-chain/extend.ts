/**
 * Adds an actor to a workflow: under `declared-full` as this server states, under `verified-full` with the actor's own
 * proof and a commitment to everything before (draft-mw-oauth-actor-chain, "Declared Profiles", "Verified Full
 * Disclosure Profile").
 */
import type { AccessTokenClaims } from "../../claims.ts";
import type { Client } from "../clients.ts";
import { OauthError } from "../errors.ts";
import type { Parameters } from "../parameters.ts";
import type { Service } from "../service.ts";
import { readBootstrap } from "./bootstrap.ts";
import { commit, priorDigest } from "./commitment.ts";
import { type InboundState, type ProfileClaims, requestedProfile } from "./profile.ts";
import { verifyStepProof } from "./step-proof.ts";

/** The token to be issued, before the workflow's claims are added. */
export interface Step {
  readonly client: Client;
  readonly parameters: Parameters;
  readonly claims: AccessTokenClaims;
}

/** For the first token of a workflow, or a token without one. @throws OauthError */
export async function beginWorkflow(step: Step, service: Service): Promise<AccessTokenClaims> {
  const profile = requestedProfile(step.parameters);
  if (profile === undefined) return step.claims;
  if (profile === "declared-full") return withProfile(step.claims, { actp: profile, acti: crypto.randomUUID() });
  const { acti, sub, seed, target } = await readBootstrap(step.parameters, step.client, service);
  if (target !== step.claims.aud) throw new OauthError("invalid_grant", "the bootstrap context is for another target");
  return prove(step, { actp: profile, acti, sub }, seed, service);
}

/** @param appended whether the exchange adds an actor; profiles allow no other exchange here. @throws OauthError */
export async function extendWorkflow(
  step: Step,
  inbound: InboundState | undefined,
  appended: boolean,
  service: Service,
): Promise<AccessTokenClaims> {
  const profile = requestedProfile(step.parameters);
  if (inbound === undefined) {
    if (profile === undefined) return step.claims;
    if (profile === "declared-full" && step.claims.act.act === undefined) {
      return withProfile(step.claims, { actp: profile, acti: crypto.randomUUID() });
    }
    throw new OauthError(
      "invalid_grant",
      "`subject_token` belongs to no workflow, and a workflow begins with its first actor",
    );
  }
  if (profile !== inbound.actp)
    throw new OauthError("invalid_grant", "the workflow has another profile, which cannot change");
  if (!appended) throw new OauthError("invalid_grant", "the actor is already the last of the workflow");
  if (step.claims.sub !== inbound.sub) throw new OauthError("invalid_grant", "the workflow has another subject");
  if (profile === "declared-full") return withProfile(step.claims, { actp: profile, acti: inbound.acti });
  return prove(step, inbound, await priorDigest(inbound, service), service);
}

async function prove(
  { client, parameters, claims }: Step,
  { actp, acti, sub }: Pick<InboundState, "actp" | "acti" | "sub">,
  prev: string,
  service: Service,
): Promise<AccessTokenClaims> {
  const proof = parameters.need("actor_chain_step_proof");
  await verifyStepProof(proof, { acti, prev, sub, act: claims.act, target: claims.aud }, client, service);
  const actc = await commit({ acti, actp }, prev, proof, service);
  // The same proof again is a retry and gets the same state; a different proof from the same state is refused.
  const accepted = await service.acceptStep({ acti, prev, target: claims.aud }, proof, actc).catch((cause: unknown) => {
    throw new OauthError("temporarily_unavailable", "the workflows cannot be reached", { cause });
  });
  if (accepted === undefined)
    throw new OauthError("invalid_grant", "the workflow has already continued from this state to this target");
  return withProfile(claims, { actp, acti, actc: accepted });
}

function withProfile(claims: AccessTokenClaims, profile: ProfileClaims): AccessTokenClaims {
  return { ...claims, ...profile };
}
