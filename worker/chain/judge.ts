/**
 * Whether a chain is valid, for the gateway and for `hopgate inspect`: the core's verdict, repeated while a trusted
 * issuer has new keys, and the signatures that only WebCrypto can verify.
 */
import type { AcceptedChain, Core, Possession, PresentedVerdict, SignedMessage } from "../../wasm/core.ts";
import type { Config } from "../config.ts";
import { HopError } from "../errors.ts";
import type { AnchorSet, Trust } from "../trust/issuers.ts";
import { brokenRequirement } from "../trust/root.ts";
import { verifySignature } from "../trust/signature.ts";
import { sentIn } from "./sent.ts";

export interface Judging {
  readonly config: Pick<Config, "gateway" | "issuers">;
  readonly core: Core;
  readonly trust: Trust;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** A chain as it was sent, and the signature of the proof that came with it. */
export interface UnverifiedPresentation {
  readonly chain: string;
  /** By an Ed25519 key; undefined if the core has no signature to verify. */
  readonly proof: SignedMessage | undefined;
}

export interface Judged {
  readonly verdict: AcceptedChain;
  /** Whether the key that the last hop names has signed the proof; undefined without a proof. */
  readonly possession: Exclude<Possession, "pending"> | undefined;
}

/** As `judgePresented`, of a chain alone. */
export async function judgeChain(
  unverifiedChain: string,
  audiences: readonly string[],
  judging: Judging,
): Promise<AcceptedChain> {
  return (await judgePresented({ chain: unverifiedChain, proof: undefined }, audiences, judging)).verdict;
}

/**
 * @param audiences what the last hop's `aud` must name one of
 * @throws HopError with a chain rule, `root_refused` or `trust_unavailable`
 */
export async function judgePresented(
  presented: UnverifiedPresentation,
  audiences: readonly string[],
  judging: Judging,
): Promise<Judged> {
  while (true) {
    // The numbers of keys in a verdict refer to the anchors that it was given under.
    const anchors = judging.trust.anchors();
    const { chain: verdict, possession } = ask(presented, audiences, anchors, judging);
    if (verdict.ok) {
      await verifyPending(verdict, anchors);
      checkRoot(verdict, judging);
      return { verdict, possession: possession === "pending" ? await judgePending(presented) : possession };
    }
    const { issuer } = verdict;
    const mayHaveNewKeys = verdict.rule === "key_unknown" && issuer !== undefined;
    const found = mayHaveNewKeys ? await judging.trust.lookFor(issuer) : "unchanged";
    if (found === "unchanged") throw refusal(presented.chain, verdict, { ...judging.config, audiences });
    if (found === "unavailable" && issuer !== undefined)
      throw new HopError("trust_unavailable", { cause: judging.trust.lastFailure(issuer) });
  }
}

function ask(
  { chain, proof }: UnverifiedPresentation,
  audiences: readonly string[],
  trust: AnchorSet,
  { core, config: { gateway }, now }: Judging,
): PresentedVerdict {
  return core.verifyPresented(chain, proof, {
    trust,
    audiences,
    now: Math.floor(now() / 1000),
    skew: gateway.clock_skew,
    maxHops: gateway.max_hops,
    maxBytes: gateway.max_bytes,
    // Measured (docs/performance.md): for keys without a table, native code is faster than the core's integer path, but
    // slower than its fused one.
    deferUnknownKeys: gateway.core === "auto" && core.arithmetic === "integer",
  });
}

function refusal(
  chain: string,
  refused: Extract<PresentedVerdict["chain"], { ok: false }>,
  accepting: Parameters<typeof sentIn>[2],
): HopError {
  const { rule, hop, member } = refused;
  const sent = sentIn(chain, refused, accepting);
  return new HopError(rule, { hop: rule.startsWith("chain_") ? undefined : hop, member, sent });
}

async function verifyPending({ pending }: AcceptedChain, { keys }: AnchorSet): Promise<void> {
  for (const signature of pending) {
    if (!(await verifySignature(signature, keys))) throw new HopError("signature_invalid", { hop: signature.hop });
  }
}

/** The key is the last hop's and the encodings are valid; WebCrypto verifies the signature itself. */
async function judgePending({ proof }: UnverifiedPresentation): Promise<"proven" | "signature_invalid"> {
  if (proof === undefined) return "signature_invalid";
  const publicKey = Uint8Array.from(proof.publicKey);
  const [signed, signature] = [Uint8Array.from(proof.message), Uint8Array.from(proof.signature)];
  const stands = await verifySignature({ alg: "EdDSA", key: { publicKey }, signed, signature }, []);
  return stands ? "proven" : "signature_invalid";
}

/** The gateway's own entry comes after those of the configuration, and has no requirements. */
function checkRoot({ hops, issuer: index }: AcceptedChain, { config: { issuers, gateway }, now }: Judging): void {
  const [{ claims }] = hops;
  const issuer = issuers[index];
  const member = issuer && brokenRequirement(issuer, claims);
  if (member !== undefined) throw new HopError("root_refused", { hop: 0, member });
  // Policies judge freshness by it: a time in the future would count as fresh until it has come.
  const authTime = claims["auth_time"];
  if (typeof authTime === "number" && authTime > Math.floor(now() / 1000) + gateway.clock_skew)
    throw new HopError("root_refused", { hop: 0, member: "auth_time" });
}
