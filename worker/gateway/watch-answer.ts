/**
 * An answer without a length, such as a stream of events, may last as long as its upstream likes, so it is ended when
 * its chain is no longer valid.
 */
import type { ChainEnd, Forwarded, VerifiedChain } from "../types.ts";
import type { Watch } from "./idle.ts";
import { type Watching, watchChain } from "./watch-chain.ts";

export interface WatchedAnswer {
  readonly watch: Watch;
  /** For the ledger: how the answer ended; undefined if it was not watched. */
  ended(): Pick<Forwarded, "answered">;
}

/**
 * @param headers of the answer: a stream of events has no defined end, so it is closed; any other is aborted, so that
 * it does not look complete
 */
export function watchAnswer(headers: Headers, chain: VerifiedChain, gateway: Watching): WatchedAnswer {
  const endsWell = /^text\/event-stream\b/i.test(headers.get("content-type") ?? "");
  let begun = false;
  let rule: ChainEnd | undefined;
  const { promise, resolve } = Promise.withResolvers<{
    readonly failed: boolean;
    readonly rule: ChainEnd | undefined;
  }>();
  return {
    watch(end) {
      begun = true;
      const watching = watchChain(chain, gateway, (why) => {
        rule = why;
        end(endsWell ? undefined : new Error(`the chain of the request is no longer valid (${why})`));
      });
      return () => {
        watching.stop();
        resolve({ failed: false, rule });
      };
    },
    ended: () => (begun ? { answered: { failed: false, ended: promise } } : {}),
  };
}
