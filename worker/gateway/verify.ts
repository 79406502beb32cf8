/**
 * Stage 2: whether the chain is valid, and whether its holder has sent it. Nothing is written; the proof is spent at
 * admission.
 */

import type { ChainHop } from "../../wasm/core.ts";
import { requireProven } from "../chain/actors.ts";
import { judgePresented } from "../chain/judge.ts";
import { requireInForce, requireOwned } from "../chain/ownership.ts";
import { requireChainRoot } from "../chain/root.ts";
import { resourcesAt } from "../config.ts";
import { HopError } from "../errors.ts";
import type { Presentation, SpentProof } from "../presentation.ts";
import { verifyBearer } from "../proof/bearer.ts";
import { readDpop, signedByCore, type UnverifiedDpop, verifyDpop } from "../proof/dpop.ts";
import { verifyMtls } from "../proof/mtls.ts";
import type { JudgedPossession, ProofContext } from "../proof/proof.ts";
import { verifyWimse } from "../proof/wimse.ts";
import type { VerifiedChain, VerifiedMessage } from "../types.ts";
import { verifyEnvelope } from "./envelope.ts";
import type { Gateway } from "./gateway.ts";
import { withServersHandles } from "./own-handles.ts";

type Verifying = Pick<Gateway, "config" | "core" | "trust" | "factsOf" | "handles" | "now">;

/** @throws HopError with a chain rule, or `session_foreign`, `handle_foreign`, `root_refused`, `actor_disabled`, `actor_expired`, `actor_unproven`, `actor_unowned`, `envelope_*`, `proof_*`, `*_unavailable` */
export async function verify(presentation: Presentation, gateway: Verifying): Promise<VerifiedChain> {
  const { id } = gateway.config.gateway;
  const { route, url, envelope, proof } = presentation;
  const audiences = [id, ...resourcesAt(route, url.origin, gateway.config), route.audience];
  // Errors of the proof are reported only if the chain is valid.
  const dpop = proof.kind === "dpop" ? readDpop(proof.unverifiedProof) : undefined;
  const unverified = { chain: presentation.unverifiedChain, proof: signedByCore(dpop) };
  const { verdict, possession } = await judgePresented(unverified, audiences, gateway);
  gateway.core.admit(verdict);
  const facts = await gateway.factsOf(presentation.unverifiedChain, verdict);
  const chain: VerifiedChain = { ...facts, presentation, proof: undefined, spent: undefined, message: undefined };

  let message: VerifiedMessage | undefined;
  try {
    requireChainRoot(facts.root, id);
    requireInForce(facts);
    if (route.actors === "proven") requireProven(facts);
    if (route.owners === "required") requireOwned(facts);
    message = envelope && (await verifyEnvelope(envelope, chain, gateway));
    const spent = await provePossession(chain, { dpop, possession }, gateway);
    const presented = { ...chain, proof: proof.kind, spent, message };
    return { ...presented, presentation: await withServersHandles(presented, gateway) };
  } catch (error) {
    // The chain is valid, so a refusal from here on may be attributed.
    if (error instanceof HopError) throw error.with({ chain: { ...chain, message } });
    throw error;
  }
}

interface ReadProof {
  readonly dpop: UnverifiedDpop | undefined;
  readonly possession: JudgedPossession | undefined;
}

async function provePossession(
  chain: VerifiedChain,
  { dpop, possession }: ReadProof,
  gateway: Verifying,
): Promise<SpentProof | undefined> {
  const { proof, request, route, url } = chain.presentation;
  const context: ProofContext = {
    leaf: chain.hops.at(-1) as ChainHop,
    possession,
    core: gateway.core,
    chainHash: chain.hash,
    method: request.method,
    methods: Object.keys(route.methods),
    target: url.origin + url.pathname,
    now: Math.floor(gateway.now() / 1000),
    window: gateway.config.gateway.proof_window,
    skew: gateway.config.gateway.clock_skew,
  };
  switch (proof.kind) {
    case "dpop":
      return verifyDpop(dpop, context);
    case "wimse":
      return verifyWimse(proof.unverifiedProof, context);
    case "mtls":
      return verifyMtls(proof.certificate, context);
    case "bearer":
      return verifyBearer(context);
  }
}
