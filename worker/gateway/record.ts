/**
 * Stage 6: what happened, so that nobody has to guess how a request came about. Only what was verified is attributed
 * to anyone; the token itself is never kept.
 */

import { recordedChain } from "../chain/recorded.ts";
import { HopError } from "../errors.ts";
import { writeQuery } from "../http/query.ts";
import { outcomeOf } from "../rules.ts";
import type { AuditRecord } from "../state/record.ts";
import type { Forwarded, Outcome, SocketEnd, VerifiedChain } from "../types.ts";
import type { Gateway } from "./gateway.ts";

type Recording = Pick<Gateway, "keep" | "now">;

/** Records an allowed request with its answer. */
export function record({ minted, response, latency, closed }: Forwarded, gateway: Recording): void {
  const { decision, claims } = minted;
  gateway.keep({
    ...describeRequest(decision.chain),
    outcome: "allowed",
    decision: describeDecision(decision),
    token: claims,
    status: response.status,
    ...(latency !== undefined && { upstream: { status: response.status, milliseconds: latency } }),
  });
  void closed?.then((end) => recordEnd(end, decision.chain, gateway));
}

/** Records that a WebSocket has ended, under an id of its own. */
function recordEnd({ rule, ...end }: SocketEnd, chain: VerifiedChain, gateway: Recording): void {
  gateway.keep({
    ...describeRequest(chain),
    id: crypto.randomUUID(),
    time: new Date(gateway.now()).toISOString(),
    outcome: rule === undefined ? "allowed" : rule === "revocation_unavailable" ? "failed" : "denied",
    ...(rule !== undefined && { rule, message: new HopError(rule).message }),
    socket: { opened: chain.presentation.id, ...end },
  });
}

/** Records a request that a stage ended. */
export function recordFailure(error: HopError, id: string, status: number, gateway: Recording): void {
  const { chain, decision } = error.evidence;
  gateway.keep({
    ...(chain === undefined ? { id, time: new Date(gateway.now()).toISOString() } : describeRequest(chain)),
    outcome: outcomeOf(status),
    rule: error.rule,
    message: error.message,
    status,
    ...(decision && { decision: describeDecision(decision) }),
  });
}

function describeRequest(chain: VerifiedChain): Pick<AuditRecord, "id" | "time" | "chain" | "request" | "envelope"> {
  const { id, received, route, method, url, query, trace, tool } = chain.presentation;
  const { traceId, parentId, callerId } = trace;
  return {
    id,
    time: new Date(received).toISOString(),
    chain: recordedChain(chain, chain.proof),
    request: {
      route: route.id,
      method,
      path: url.pathname,
      ...(query.length > 0 && { query: writeQuery(query) }),
      ...(tool && { tool: tool.name }),
      trace: { traceId, parentId, callerId },
    },
    ...(chain.message && { envelope: chain.message }),
  };
}

function describeDecision({ policies, policySet, errors, question, approval, emergency }: Outcome): Outcome {
  return {
    policies,
    policySet,
    errors,
    question,
    ...(approval !== undefined && { approval }),
    ...(emergency !== undefined && { emergency }),
  };
}
