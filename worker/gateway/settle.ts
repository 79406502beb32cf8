/**
 * Stage 7: records the outcome. For an admitted request after the answer was sent, with the next commit of its shard; a
 * refusal is on record before it is answered.
 */
import { HopError } from "../errors.ts";
import { logEvent, logFailure } from "../log.ts";
import { failureOf, outcomeOf } from "../rules.ts";
import type { MeasuredRequest } from "../telemetry/measured.ts";
import type { ChainEnd, Forwarded, SocketEnd, VerifiedChain } from "../types.ts";
import { endDiverged } from "./divergence.ts";
import type { Gateway } from "./gateway.ts";
import { describeArrival, refusedEntry, socketEntry } from "./record.ts";
import { noticeDenied } from "./signs.ts";
import { askLedger, refusalOf, standingOf } from "./standing.ts";

type Settling = Pick<
  Gateway,
  "config" | "core" | "ledger" | "signs" | "measure" | "endTask" | "announce" | "afterwards" | "now"
>;

/** A request before it is read. */
export interface Arrival {
  /** The decision's id. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly received: number;
}

/** What may be recorded about a request whose chain is not verified. */
export type Arrived = Pick<MeasuredRequest, "id" | "received" | "method" | "route" | "trace">;

/** An admitted request with its answer. */
export function settle({ minted, response, latency, answered, closed }: Forwarded, gateway: Settling): void {
  const { decision } = minted;
  const { chain } = decision;
  const { status } = response;
  const upstream = latency === undefined ? undefined : { status, milliseconds: latency };
  const told = { kind: "allowed", status, upstream, failed: answered?.failed || undefined };
  tellOutcome(chain, told, gateway);
  if (answered?.ended !== undefined)
    gateway.afterwards(answered.ended.then((end) => settleStream(chain, told, end, gateway)));
  gateway.measure({ ...describeArrival(chain), policySet: decision.policySet, outcome: "allowed", status });
  if (closed !== undefined) gateway.afterwards(closed.then((end) => settleSocket(chain, end, gateway)));
}

/**
 * A request that a stage ended. If possession was proven, its proof is still spent, so that a refused request cannot be
 * sent again to get another answer.
 *
 * @returns the error to answer: another one if the ledger refuses the request for its own reason, or cannot be reached
 */
export async function settleFailure(error: HopError, arrived: Arrived, gateway: Settling): Promise<HopError> {
  const settled = await recorded(error, gateway).catch((cause: unknown) => {
    if (cause instanceof HopError) return cause;
    throw cause;
  });
  const { rule, evidence } = settled;
  const { status } = failureOf(rule);
  // Requests without a verified chain are not recorded: strangers could fill the ledger. Failures are already in the
  // log, with their cause.
  if (evidence.chain === undefined && status < 500)
    logEvent("unattributed", { decision: arrived.id, trace_id: arrived.trace.traceId, rule, status });
  const request = evidence.chain ? describeArrival(evidence.chain) : arrived;
  const policySet = evidence.decision?.policySet;
  gateway.measure({ ...request, policySet, outcome: outcomeOf(status), rule, status });
  return settled;
}

async function recorded(error: HopError, gateway: Settling): Promise<HopError> {
  const { chain, admitted } = error.evidence;
  if (chain === undefined) return error;
  const { rule, message } = error;
  const { status } = failureOf(rule);
  if (admitted) {
    tellOutcome(chain, { kind: outcomeOf(status), rule, message, status }, gateway);
    return error;
  }
  const answer = await askLedger(chain, { entry: refusedEntry(chain, error, gateway), ...standingOf(chain) }, gateway);
  if (!answer.admitted) return recorded(refusalOf(answer, chain), gateway);
  noticeDenied(error, gateway);
  return endDiverged(error, gateway);
}

type Told = Omit<Parameters<Gateway["ledger"]["settle"]>[1], "task" | "id">;

function tellOutcome(
  { task, presentation: { id } }: VerifiedChain,
  told: Told,
  { ledger, afterwards }: Settling,
): void {
  afterwards(ledger.settle(task, { task: task.id, id, ...told }));
}

/** What is known only after a stream's headers: whether the tool failed, and why the gateway ended the stream. */
function settleStream(
  chain: VerifiedChain,
  told: Told,
  { failed, rule }: { readonly failed: boolean; readonly rule: ChainEnd | undefined },
  gateway: Settling,
): void {
  if (failed || rule !== undefined) tellOutcome(chain, { ...told, failed: failed || undefined, ended: rule }, gateway);
}

async function settleSocket(chain: VerifiedChain, end: SocketEnd, gateway: Settling): Promise<void> {
  const entry = socketEntry(chain, end, gateway.now(), gateway);
  await gateway.ledger
    .admit(chain.task, { entry, standings: [], singles: [] })
    .catch((cause: unknown) => logFailure("socket_end_lost", { decision: chain.presentation.id }, cause));
}
