/**
 * Chains that were verified before, so that the next request under one costs a look-up and checks of time. An entry is
 * found by the chain's exact text, made only by `admit` for a chain that verified under a trusted root, used only under
 * the anchors and limits that it was verified under, and never past the `exp` of any of its hops and identity tokens.
 */
import type { AcceptedChain, ChainOptions } from "./chain.ts";

export interface SeenChains {
  /** The verdict of a chain that is still valid under these options, or undefined. */
  find(chain: string, options: ChainOptions): AcceptedChain | undefined;
  /** Remembers a chain whose every signature, pending ones included, has been verified. */
  admit(chain: string, options: ChainOptions, verdict: AcceptedChain): void;
}

interface Entry {
  readonly verdict: AcceptedChain;
  readonly trust: ChainOptions["trust"];
  readonly skew: number | undefined;
  /** The hop limit at that time, from which the depth of a root without `max_hops` was computed. */
  readonly maxHops: number;
  /** Seconds since the epoch: when it was verified. */
  readonly since: number;
  readonly audiences: ReadonlySet<string>;
}

/** The default of `verifyChain`. */
const MAX_HOPS = 8;

/** @param limit entries; with chains of at most 16 KiB, 256 hold 4 MiB of text at the most */
export function createSeenChains(limit = 256): SeenChains {
  // A Map keeps the order of insertion: the first entry is the least recently used.
  const entries = new Map<string, Entry>();
  return {
    find(chain, options) {
      const entry = entries.get(chain);
      if (entry === undefined) return undefined;
      entries.delete(chain);
      if (entry.trust !== options.trust || options.now >= entry.verdict.expires) return undefined;
      entries.set(chain, entry);
      const { maxHops = MAX_HOPS, maxBytes = 16384, audiences, now, skew } = options;
      // How deep a root without `max_hops` may be delegated follows from the gateway's own limit.
      const fits = maxHops === entry.maxHops && chain.length <= maxBytes && skew === entry.skew;
      // A clock that went back could be before `iat` or `nbf`, so the core decides again.
      const good = fits && now >= entry.since && audiences.some((audience) => entry.audiences.has(audience));
      return good ? entry.verdict : undefined;
    },

    admit(chain, options, verdict) {
      const leaf = verdict.hops[verdict.hops.length - 1]?.claims["aud"] as string | string[];
      entries.set(chain, {
        verdict: settled(verdict),
        trust: options.trust,
        skew: options.skew,
        maxHops: options.maxHops ?? MAX_HOPS,
        since: options.now,
        audiences: new Set(typeof leaf === "string" ? [leaf] : leaf),
      });
      const [oldest] = entries.keys();
      if (entries.size > limit && oldest !== undefined) entries.delete(oldest);
    },
  };
}

/** The verdict with nothing pending. */
function settled(verdict: AcceptedChain): AcceptedChain {
  if (verdict.pending.length === 0) return verdict;
  const { hops, issuer, expires, signers } = verdict;
  return { ok: true, hops, issuer, expires, signers, pending: [] };
}
