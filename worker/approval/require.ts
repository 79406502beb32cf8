/**
 * What can override a denial by the policies: a person's approval, bound to exactly this request, or break-glass, which
 * is announced before it takes effect.
 */
import { type Core, toBase64url } from "../../wasm/core.ts";
import { answerableOf } from "../chain/actors.ts";
import { partyId } from "../chain/party.ts";
import { peopleOf } from "../chain/people.ts";
import { recordedChain } from "../chain/recorded.ts";
import type { Config } from "../config.ts";
import { type AwaitedApproval, type Challenge, HopError } from "../errors.ts";
import { writeQuery } from "../http/query.ts";
import { logFailure } from "../log.ts";
import type { Outcome, VerifiedChain } from "../types.ts";
import type { Approval, ApprovalStore, Asked } from "./approval.ts";

export interface Approving {
  readonly config: Pick<Config, "gateway">;
  readonly core: Pick<Core, "sha256">;
  readonly approvals: Pick<ApprovalStore, "open" | "find" | "spend">;
  /** Tells people about something (CloudEvents `type`, `id`, `data`). Rejects if it cannot be queued. */
  announce(type: string, id: string, data: object): Promise<void>;
  /** Milliseconds since the epoch. */
  now(): number;
}

/**
 * The approval that the caller names, given by every group that the denial asks for. Without one, the error says where
 * to get it.
 *
 * @throws HopError `approval_required`, `approval_pending`, `approval_rejected`, `approval_invalid`, `approvals_unavailable`,
 * `approvals_exhausted`, `approval_unshowable`
 */
export async function requireApproval(
  chain: VerifiedChain,
  decision: Outcome,
  challenge: Challenge,
  gateway: Approving,
): Promise<Approval> {
  const evidence = { chain, decision };
  const { unverifiedApproval: id } = chain.presentation;
  const { approvers: groups = [], passkeys = [] } = challenge;
  if (id === undefined) {
    const approval = await open(chain, decision, challenge, gateway);
    // An MCP client that has opened the page sends the request again without naming the approval.
    if (approval.status === "approved" && chain.presentation.rpc !== undefined) return approval;
    throw new HopError("approval_required", {
      challenge: { ...challenge, approval: awaited(approval, gateway) },
      evidence,
    });
  }
  const approval = await reach(chain, decision, () => gateway.approvals.find(id));
  const fits =
    approval?.binding === bindingOf(chain, gateway) &&
    groups.every((each) => approval.groups.includes(each)) &&
    passkeys.every((each) => approval.passkeys.includes(each));
  if (approval === undefined || !fits) throw new HopError("approval_invalid", { evidence });
  switch (approval.status) {
    case "approved":
      return approval;
    case "pending":
      throw new HopError("approval_pending", { challenge: { approval: awaited(approval, gateway) }, evidence });
    case "rejected":
      throw new HopError("approval_rejected", { evidence });
    case "expired":
    case "spent":
      throw new HopError("approval_invalid", { evidence });
  }
}

/** Uses the approval up: of two requests that name it at once, one passes. @throws HopError `approval_invalid` */
export async function spendApproval(
  { id }: Approval,
  chain: VerifiedChain,
  decision: Outcome,
  gateway: Approving,
): Promise<void> {
  const spent = await reach(chain, decision, () => gateway.approvals.spend(id, bindingOf(chain, gateway)));
  if (!spent) throw new HopError("approval_invalid", { evidence: { chain, decision } });
}

/** Tells people about break-glass before it has any effect. @throws HopError `notice_unavailable` */
export async function announceEmergency(chain: VerifiedChain, decision: Outcome, gateway: Approving): Promise<void> {
  const { id } = chain.presentation;
  const asked = askedOf(chain, decision, undefined);
  await gateway
    .announce("dev.hopgate.break_glass.v1", id, { ...asked, emergency: decision.emergency })
    .catch((cause) => {
      throw new HopError("notice_unavailable", { evidence: { chain, decision }, cause });
    });
}

/** A repeated request finds the approval that it opened before; a message that was refused stays refused. */
async function open(
  chain: VerifiedChain,
  decision: Outcome,
  { approvers = [], passkeys = [], reason }: Challenge,
  gateway: Approving,
): Promise<Approval> {
  requireShowable(chain, decision);
  const now = Math.floor(gateway.now() / 1000);
  const approval = await reach(chain, decision, () =>
    gateway.approvals.open({
      binding: bindingOf(chain, gateway),
      groups: approvers,
      passkeys,
      final: chain.message !== undefined,
      task: chain.task.id,
      root: chain.hops[0].name,
      caller: partyId(answerableOf(chain.actors)),
      authority: chain.authority,
      ...peopleOf(chain, gateway.core.sha256),
      expires: Math.min(chain.expires, now + gateway.config.gateway.approval_ttl),
      asked: askedOf(chain, decision, reason),
    }),
  );
  if (approval === undefined) throw new HopError("approvals_exhausted", { evidence: { chain, decision } });
  if (approval.status === "rejected") throw new HopError("approval_rejected", { evidence: { chain, decision } });
  if (approval.status === "approved") return approval;
  // The console shows the approval anyway, so a notice that cannot be sent does not fail the request.
  await gateway
    .announce("dev.hopgate.approval_requested.v1", approval.id, { ...approval.asked, ...awaited(approval, gateway) })
    .catch((error: unknown) => logFailure("notice_failed", { decision: chain.presentation.id }, error));
  return approval;
}

/** The link uses an origin of the configuration, never the request's own idea of its host. */
function awaited({ id, groups, expires }: Approval, { config }: Approving): AwaitedApproval {
  return { id, uri: `${config.gateway.origins[0]}/console/approvals/${id}`, groups, expires };
}

/**
 * What an approval covers: exactly this chain, method, target, action and resource; and the body if the gateway reads
 * it (a message, a tool call).
 */
function bindingOf(chain: VerifiedChain, { core }: Approving): string {
  const { route, method, url, operation } = chain.presentation;
  const body = bodyOf(chain, core);
  const { id: message, deadLetter } = chain.message ?? {};
  const target = url.pathname + url.search;
  const parts = [chain.hash, method, target, route.id, operation.action, message, body, deadLetter];
  return hash(new TextEncoder().encode(JSON.stringify(parts)), core);
}

/**
 * What the approval covers of the body. Of a tool call: tool and arguments only, because clients give every retry a new
 * id.
 */
function bodyOf({ presentation }: VerifiedChain, core: Approving["core"]): string | undefined {
  const { envelope, tool, content } = presentation;
  return envelope?.digest ?? tool?.canonical ?? (content && hash(content, core));
}

function hash(bytes: Uint8Array, { sha256 }: Approving["core"]): string {
  return toBase64url(sha256(bytes));
}

/** Longest call, in characters, that a person can be asked to approve: it is shown whole or not at all. */
const MOST_SHOWN = 16_384;

function requireShowable(chain: VerifiedChain, decision: Outcome): void {
  const { tool } = chain.presentation;
  if (tool === undefined || tool.canonical.length <= MOST_SHOWN) return;
  throw new HopError("approval_unshowable", { evidence: { chain, decision } });
}

/** What an approver is shown: only what was verified. */
function askedOf(chain: VerifiedChain, { policies, question }: Outcome, reason: string | undefined): Asked {
  const { route, method, url, query, tool } = chain.presentation;
  // The binding covers the target as it was sent; here secrets in the query are hidden, as in the ledger.
  const target = query.length === 0 ? url.pathname : `${url.pathname}?${writeQuery(query)}`;
  const details = chain.hops.at(-1)?.claims["authorization_details"];
  return {
    chain: recordedChain(chain, chain.proof),
    request: { route: route.id, method, target, sensitivity: route.sensitivity },
    action: question.request.action.id,
    policies,
    ...(reason !== undefined && { reason }),
    ...(tool && { tool: { name: tool.name, arguments: tool.arguments, undeclared: tool.undeclared } }),
    ...(Array.isArray(details) && { details }),
  };
}

async function reach<T>(chain: VerifiedChain, decision: Outcome, ask: () => Promise<T>): Promise<T> {
  return ask().catch((cause: unknown) => {
    throw new HopError("approvals_unavailable", { evidence: { chain, decision }, cause });
  });
}
