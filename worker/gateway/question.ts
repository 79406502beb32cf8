/** The question to the policies: principal, action, resource and context of a request. Pure. */

import { callerOf } from "../chain/actors.ts";
import { endOf } from "../chain/names/workload.ts";
import { partyId } from "../chain/party.ts";
import type { Actor } from "../chain/types.ts";
import type { EntityJson, EntityUid, Question, VerifiedChain } from "../types.ts";
import { type Override, policyContext } from "./context.ts";
import type { RememberedContext } from "./memory.ts";
import type { RequestSigns } from "./signs.ts";

/** @param now milliseconds since the epoch */
export function questionOf(
  chain: VerifiedChain,
  now: number,
  override: Override,
  remembered: RememberedContext,
  signs: Pick<RequestSigns, "into">,
): Question {
  const { route, operation } = chain.presentation;
  const context = policyContext(chain, now, override, remembered);
  signs.into(context);
  return {
    request: {
      principal: principalOf(callerOf(chain)),
      action: { type: "Action", id: operation.action },
      resource: { type: "Route", id: route.id },
      context,
    },
    entities: [
      {
        uid: { type: "Route", id: route.id },
        attrs: { sensitivity: route.sensitivity },
        parents: [{ type: "Api", id: route.api }],
      },
      ...ownedCaller(chain),
    ],
  };
}

/** A told name has another type, so that policies about workloads never apply to it. */
function principalOf(caller: Actor): EntityUid {
  return { type: caller.proof === "told" ? "ToldWorkload" : "Workload", id: partyId(caller) };
}

/** The caller's registration as attributes of the principal, added to those of the published set. */
function ownedCaller(chain: VerifiedChain): EntityJson[] {
  const ownership = chain.ownership.at(-1);
  if (ownership === undefined) return [];
  const { expires: _, review_by: __, actions: ___, disabled: ____, ...attrs } = ownership;
  const end = endOf(ownership);
  const expires = Number.isFinite(end) && { __extn: { fn: "datetime", arg: new Date(end).toISOString() } };
  return [{ uid: principalOf(callerOf(chain)), attrs: { ...attrs, ...(expires && { expires }) } }];
}
