/** Watches a request's chain while the stream or socket that it opened lasts. */
import { HopError } from "../errors.ts";
import { logFailure } from "../log.ts";
import { failureOf } from "../rules.ts";
import type { ChainEnd, VerifiedChain } from "../types.ts";
import type { Gateway } from "./gateway.ts";

export type Watching = Pick<Gateway, "config" | "ledger" | "endedSince" | "now">;

/**
 * Checks every `revocation_bound` seconds, and when the chain expires: the chain must not have expired, nothing of it
 * may be revoked, and every actor's registration must be in force. If that cannot be known, the chain is not valid.
 *
 * @param holds called each time that the chain is still valid
 */
export function watchChain(
  chain: VerifiedChain,
  { config, ledger, endedSince, now }: Watching,
  over: (rule: ChainEnd) => void,
  holds: () => void = () => undefined,
): { stop(): void } {
  let stopped = false;
  let timer: ReturnType<typeof setTimeout>;

  function wait(): void {
    const left = Math.max(0, chain.expires * 1000 - now());
    timer = setTimeout(() => void look(), Math.min(left, config.gateway.revocation_bound * 1000));
  }
  async function look(): Promise<void> {
    const rule = await ruleNow();
    if (stopped) return;
    if (rule !== undefined) return over(rule);
    holds();
    wait();
  }
  async function ruleNow(): Promise<ChainEnd | undefined> {
    if (now() >= chain.expires * 1000) return "expired";
    const { task, authority, actors } = chain;
    const [revoked, ended] = await Promise.all([
      ledger.isRevoked(task, authority).then((is) => (is ? "revoked" : undefined), unknown("revocation_unavailable")),
      endedSince(actors).then((found) => found?.rule, unknown("names_unavailable")),
    ]);
    return revoked ?? ended;
  }
  function unknown<Rule extends ChainEnd>(rule: Rule): (cause: unknown) => Rule {
    return (cause) => {
      const { status } = failureOf(rule);
      const { id, trace } = chain.presentation;
      logFailure(
        "request_failed",
        { decision: id, trace_id: trace.traceId, rule, status },
        new HopError(rule, { cause }),
      );
      return rule;
    };
  }
  wait();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
