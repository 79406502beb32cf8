/**
 * Whether a chain is true, for the gateway and for `hopgate inspect` alike: the core's verdict, asked again while more keys
 * of a trusted issuer turn up, and the signatures that only WebCrypto can check.
 */
import type { AcceptedChain, ChainVerdict, Core } from "../../wasm/core.ts";
import type { Config } from "../config.ts";
import { HopError } from "../errors.ts";
import type { AnchorSet, Trust } from "../trust/issuers.ts";
import { brokenRequirement } from "../trust/root.ts";
import { verifySignature } from "../trust/signature.ts";

export interface Judging {
  readonly config: Pick<Config, "gateway" | "issuers">;
  readonly core: Core;
  readonly trust: Trust;
  /** Milliseconds since the epoch. */
  now(): number;
}

/**
 * @param audiences what the last hop's `aud` must name one of
 * @throws HopError with a chain rule, `root_refused` or `trust_unavailable`
 */
export async function judgeChain(
  unverifiedChain: string,
  audiences: readonly string[],
  judging: Judging,
): Promise<AcceptedChain> {
  while (true) {
    // The numbers of keys in a verdict refer to the anchors that it was given under.
    const anchors = judging.trust.anchors();
    const verdict = ask(unverifiedChain, audiences, anchors, judging);
    if (verdict.ok) {
      await verifyPending(verdict, anchors);
      checkRoot(verdict, judging);
      return verdict;
    }
    const { issuer } = verdict;
    const found = issuer === undefined ? "unchanged" : await judging.trust.lookFor(issuer);
    if (found === "unchanged") throw refusal(verdict);
    if (found === "unavailable" && issuer !== undefined)
      throw new HopError("trust_unavailable", { cause: judging.trust.lastFailure(issuer) });
  }
}

function ask(
  chain: string,
  audiences: readonly string[],
  trust: AnchorSet,
  { core, config: { gateway }, now }: Judging,
): ChainVerdict {
  return core.verifyChain(chain, {
    trust,
    audiences,
    now: Math.floor(now() / 1000),
    skew: gateway.clock_skew,
    maxHops: gateway.max_hops,
    maxBytes: gateway.max_bytes,
    // Measured (docs/performance.md): native code beats the integer path on keys that have no table, not the fused one.
    deferUnknownKeys: gateway.core === "auto" && core.arithmetic === "integer",
  });
}

function refusal({ rule, hop, member }: Extract<ChainVerdict, { ok: false }>): HopError {
  return new HopError(rule, { hop: rule.startsWith("chain_") ? undefined : hop, member });
}

async function verifyPending({ pending }: AcceptedChain, { keys }: AnchorSet): Promise<void> {
  for (const signature of pending) {
    if (!(await verifySignature(signature, keys))) throw new HopError("signature_invalid", { hop: signature.hop });
  }
}

/** The gateway's own entry stands behind those of the configuration, and asks for nothing. */
function checkRoot({ hops, issuer: index }: AcceptedChain, { config: { issuers, gateway }, now }: Judging): void {
  const [{ claims }] = hops;
  const issuer = issuers[index];
  const member = issuer && brokenRequirement(issuer, claims);
  if (member !== undefined) throw new HopError("root_refused", { hop: 0, member });
  // Policies take it for freshness: one that lies ahead would be fresh for as long as it does.
  const authTime = claims["auth_time"];
  if (typeof authTime === "number" && authTime > Math.floor(now() / 1000) + gateway.clock_skew)
    throw new HopError("root_refused", { hop: 0, member: "auth_time" });
}
