/**
 * Stage 2: is the chain true, is it in the right hands, is it still in force. Storage is written last: a proof is
 * spent only when all else held.
 */
import { type ChainHop, type ChainVerdict, toBase64url } from "../../wasm/core.ts";
import { HopError } from "../errors.ts";
import { verifyBearer } from "../proof/bearer.ts";
import { verifyDpop } from "../proof/dpop.ts";
import { verifyMtls } from "../proof/mtls.ts";
import type { ProofContext, SpentProof } from "../proof/proof.ts";
import { verifyWimse } from "../proof/wimse.ts";
import type { AnchorSet } from "../trust/issuers.ts";
import { verifySignature } from "../trust/signature.ts";
import type { Presentation, VerifiedChain } from "../types.ts";
import { describeChain } from "./describe.ts";
import type { Gateway } from "./gateway.ts";
import { revocationKeys } from "./revocation.ts";

type Verifying = Pick<Gateway, "config" | "core" | "trust" | "spendProof" | "isRevoked" | "now">;
type Accepted = Extract<ChainVerdict, { ok: true }>;

/** @throws HopError with a chain rule, or `proof_*`, `revoked`, `trust_unavailable`, `*_unavailable` */
export async function verify(presentation: Presentation, gateway: Verifying): Promise<VerifiedChain> {
  const judged = await judge(presentation, gateway);
  await verifyPending(judged);
  gateway.core.admit(judged.verdict);
  const chain = describeChain(presentation, judged.verdict.hops, hashChain(presentation.unverifiedChain, gateway));

  try {
    const spent = await provePossession(chain, gateway);
    await checkRevocation(chain, gateway);
    if (spent !== undefined) await spend(spent, gateway);
  } catch (error) {
    // The chain itself holds, so a refusal from here on may say whose it is.
    if (error instanceof HopError) throw withChain(error, chain);
    throw error;
  }
  return { ...chain, proof: presentation.proof.kind };
}

/** base64url(SHA-256) of the chain as sent: `ath` of the proof, `pth` of the narrowed token. */
function hashChain(chain: string, { core }: Verifying): string {
  return toBase64url(core.sha256(new TextEncoder().encode(chain)));
}

interface Judged {
  readonly verdict: Accepted;
  /** The anchors that the verdict's key numbers refer to. */
  readonly anchors: AnchorSet;
}

/** The core's verdict; asked again while it lacks a key of a trusted issuer and more keys turn up. */
async function judge(presentation: Presentation, gateway: Verifying): Promise<Judged> {
  while (true) {
    const anchors = gateway.trust.anchors();
    const verdict = ask(presentation, anchors, gateway);
    if (verdict.ok) return { verdict, anchors };
    const found = verdict.issuer === undefined ? "unchanged" : await gateway.trust.lookFor(verdict.issuer);
    if (found === "unavailable") throw new HopError("trust_unavailable");
    if (found === "unchanged") throw refusal(verdict);
  }
}

function ask(presentation: Presentation, trust: AnchorSet, { core, config, now }: Verifying): ChainVerdict {
  return core.verifyChain(presentation.unverifiedChain, {
    trust,
    audiences: [config.gateway.id, presentation.route.audience],
    now: Math.floor(now() / 1000),
    skew: config.gateway.clock_skew,
    maxHops: config.gateway.max_hops,
    maxBytes: config.gateway.max_bytes,
    // Measured (docs/performance.md): native code beats the integer path on keys that have no table, not the fused one.
    deferUnknownKeys: config.gateway.core === "auto" && core.arithmetic === "integer",
  });
}

function refusal({ rule, hop, member }: Extract<ChainVerdict, { ok: false }>): HopError {
  return new HopError(rule, { hop: rule.startsWith("chain_") ? undefined : hop, member });
}

/** Signatures that only WebCrypto can check, under the key that the core chose. */
async function verifyPending({ verdict, anchors }: Judged): Promise<void> {
  for (const pending of verdict.pending) {
    if (!(await verifySignature(pending, anchors.keys))) throw new HopError("signature_invalid", { hop: pending.hop });
  }
}

async function provePossession(chain: VerifiedChain, gateway: Verifying): Promise<SpentProof | undefined> {
  const { proof, request, url } = chain.presentation;
  const context: ProofContext = {
    leaf: chain.hops.at(-1) as ChainHop,
    chainHash: chain.hash,
    method: request.method,
    target: url.origin + url.pathname,
    now: Math.floor(gateway.now() / 1000),
    window: gateway.config.gateway.proof_window,
    skew: gateway.config.gateway.clock_skew,
  };
  switch (proof.kind) {
    case "dpop":
      return verifyDpop(proof.unverifiedProof, context);
    case "wimse":
      return verifyWimse(proof.unverifiedProof, context);
    case "mtls":
      return verifyMtls(proof.certificate, context);
    case "bearer":
      return verifyBearer(context);
  }
}

async function checkRevocation(chain: VerifiedChain, { isRevoked }: Verifying): Promise<void> {
  const how = chain.presentation.route.revocation;
  const revoked = await isRevoked(revocationKeys(chain), how).catch((cause: unknown) => {
    throw new HopError("revocation_unavailable", { cause });
  });
  if (revoked) throw new HopError("revoked");
}

async function spend({ thumbprint, jti, expires }: SpentProof, { spendProof }: Verifying): Promise<void> {
  const fresh = await spendProof(thumbprint, jti, expires).catch((cause: unknown) => {
    throw new HopError("replay_unavailable", { cause });
  });
  if (!fresh) throw new HopError("proof_replayed");
}

function withChain(error: HopError, chain: VerifiedChain): HopError {
  const { rule, hop, member, challenge, cause } = error;
  return new HopError(rule, { hop, member, challenge, cause, evidence: { chain } });
}
