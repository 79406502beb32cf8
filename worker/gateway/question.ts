/** What is asked of the policies about a request: who, what, on which, under which circumstances. Pure. */
import type { Question, VerifiedChain } from "../types.ts";
import { type Override, policyContext } from "./context.ts";

/** @param now milliseconds since the epoch */
export function questionOf(chain: VerifiedChain, now: number, override: Override): Question {
  const { route, operation } = chain.presentation;
  return {
    request: {
      principal: { type: "Workload", id: chain.actors[chain.actors.length - 1]?.sub as string },
      action: { type: "Action", id: operation.action },
      resource: { type: "Route", id: route.id },
      context: policyContext(chain, now, override),
    },
    entities: [
      {
        uid: { type: "Route", id: route.id },
        attrs: { sensitivity: route.sensitivity },
        parents: [{ type: "Api", id: route.api }],
      },
    ],
  };
}
