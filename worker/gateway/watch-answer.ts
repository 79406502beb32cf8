/** An answer of no told length, such as a stream of events, lasts as long as its upstream likes: it ends when its chain holds no longer. */
import type { ChainEnd, Forwarded, VerifiedChain } from "../types.ts";
import type { Watch } from "./idle.ts";
import { type Watching, watchChain } from "./watch-chain.ts";

export interface WatchedAnswer {
  readonly watch: Watch;
  /** For the ledger: how the answer ended. Nothing where nobody has begun to watch it. */
  ended(): Pick<Forwarded, "answered">;
}

/** @param headers of the answer: a stream of events has no end of its own, so it ends well; any other would be taken for whole */
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
        end(endsWell ? undefined : new Error(`the chain of the request holds no longer (${why})`));
      });
      return () => {
        watching.stop();
        resolve({ failed: false, rule });
      };
    },
    ended: () => (begun ? { answered: { failed: false, ended: promise } } : {}),
  };
}
