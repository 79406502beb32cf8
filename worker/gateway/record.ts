/** The ledger's record of a request. Only verified facts are attributed to anyone; the token itself is never kept. */

import { recordedChain } from "../chain/recorded.ts";
import type { NarrowedClaims } from "../claims.ts";
import { HopError } from "../errors.ts";
import { writeQuery } from "../http/query.ts";
import type { NewEntry } from "../ledger/admission.ts";
import { requestEntry } from "../ledger/new-entry.ts";
import type { AuditRecord } from "../ledger/record.ts";
import type { Spoken } from "../presentation.ts";
import { failureOf, outcomeOf } from "../rules.ts";
import type { MeasuredRequest, SpokenRequest } from "../telemetry/measured.ts";
import type { Decision, Outcome, SocketEnd, VerifiedChain } from "../types.ts";
import type { Gateway } from "./gateway.ts";

type Recording = Pick<Gateway, "core">;
type Arrived = Pick<MeasuredRequest, "id" | "received" | "route" | "method" | "trace" | "spoken">;

/** An allowed request, before it is carried out. */
export function decidedEntry(decision: Decision, claims: NarrowedClaims, { core }: Recording): NewEntry {
  const record = {
    ...describeRequest(decision.chain),
    outcome: "allowed",
    decision: describeDecision(decision),
    token: claims,
  } as const;
  return requestEntry(record, core.sha256);
}

/** A request that ended before it was admitted. */
export function refusedEntry(
  chain: VerifiedChain,
  { rule, message, evidence }: HopError,
  { core }: Recording,
): NewEntry {
  const { status } = failureOf(rule);
  const record = {
    ...describeRequest(chain),
    outcome: outcomeOf(status),
    rule,
    message,
    status,
    ...(evidence.decision && { decision: describeDecision(evidence.decision) }),
  };
  return requestEntry(record, core.sha256);
}

/** A WebSocket that has ended, with its own id. @param now milliseconds since the epoch */
export function socketEntry(
  chain: VerifiedChain,
  { rule, ...end }: SocketEnd,
  now: number,
  { core }: Recording,
): NewEntry {
  const record = {
    ...describeRequest(chain),
    id: crypto.randomUUID(),
    time: new Date(now).toISOString(),
    outcome: rule === undefined ? "allowed" : outcomeOf(failureOf(rule).status),
    ...(rule !== undefined && { rule, message: new HopError(rule).message }),
    socket: { opened: chain.presentation.id, ...end },
  } as const;
  return requestEntry(record, core.sha256);
}

export function describeRequest(
  chain: VerifiedChain,
): Pick<AuditRecord, "id" | "time" | "request" | "envelope"> & { readonly chain: NonNullable<AuditRecord["chain"]> } {
  const { id, received, route, method, url, query, trace, tool, proxy } = chain.presentation;
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
      ...(proxy !== undefined && { proxy }),
      trace: { traceId, parentId, callerId },
    },
    ...(chain.message && { envelope: chain.message }),
  };
}

/** What telemetry learns about a verified request. */
export function describeArrival({ presentation }: VerifiedChain): Arrived {
  const { id, received, route, method, trace, rpc, tool } = presentation;
  // A tool that the configuration does not have is the caller's invention, so it is left out.
  const declared = tool !== undefined && Object.hasOwn(route.tools ?? {}, tool.name) ? tool.name : undefined;
  const spoken = rpc && spokenRequest(rpc, declared);
  return { id, received, route: route.path, method, trace, spoken };
}

/** An answer to a request of the server has no method. */
function spokenRequest({ message, revision }: Spoken, tool: string | undefined): SpokenRequest | undefined {
  const { method, id } = message;
  return method === undefined ? undefined : { method, revision, id: id === undefined ? undefined : String(id), tool };
}

function describeDecision({
  policies,
  policySet,
  errors,
  question,
  approval,
  approvedBy,
  emergency,
  remembers,
  ends,
}: Outcome): Outcome {
  return {
    policies,
    policySet,
    errors,
    question,
    ...(approval !== undefined && { approval }),
    ...(approvedBy !== undefined && { approvedBy }),
    ...(emergency !== undefined && { emergency }),
    ...(remembers !== undefined && { remembers }),
    ...(ends !== undefined && { ends }),
  };
}
