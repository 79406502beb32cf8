/** Watches what a request stands on for as long as what it opened lasts. */
import type { ChainEnd, VerifiedChain } from "../types.ts";
import type { Gateway } from "./gateway.ts";

type Watching = Pick<Gateway, "config" | "ledger" | "now">;

/**
 * Asks every `revocation_bound` seconds, and when the chain expires, whether it still holds; what cannot be known does not.
 *
 * @param holds told each time that it does
 */
export function watchChain(
  chain: VerifiedChain,
  { config, ledger, now }: Watching,
  over: (rule: ChainEnd) => void,
  holds: () => void = () => undefined,
): { stop(): void } {
  const authority = chain.authority;
  let stopped = false;
  let timer: ReturnType<typeof setTimeout>;

  function wait(): void {
    const left = Math.max(0, chain.expires * 1000 - now());
    timer = setTimeout(() => void look(), Math.min(left, config.gateway.revocation_bound * 1000));
  }
  async function look(): Promise<void> {
    const rule = await ruleNow().catch(() => "revocation_unavailable" as const);
    if (stopped) return;
    if (rule !== undefined) return over(rule);
    holds();
    wait();
  }
  async function ruleNow(): Promise<ChainEnd | undefined> {
    if (now() >= chain.expires * 1000) return "expired";
    return (await ledger.isRevoked(chain.task, authority)) ? "revoked" : undefined;
  }
  wait();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
