/** The authorization server's records in the ledger, under the task of the presented token. */

import { partyId } from "../chain/party.ts";
import { recordedChain } from "../chain/recorded.ts";
import { taskId } from "../chain/task.ts";
import type { ChainFacts } from "../chain/types.ts";
import type { AccessTokenClaims } from "../claims.ts";
import type { NewEntry } from "../ledger/admission.ts";
import { actEntry, requestEntry } from "../ledger/new-entry.ts";
import { newAct } from "../ledger/record.ts";
import { logFailure } from "../log.ts";
import { outcomeOf } from "../rules.ts";
import { continueTrace } from "../trace.ts";
import { type OauthError, statusOf } from "./errors.ts";
import type { Service } from "./service.ts";

/** An exchange: the decision's id, and when it began, in milliseconds since the epoch. */
interface Arrival {
  readonly id: string;
  readonly received: number;
}

type Recording = Pick<Service, "core" | "ledger" | "measure" | "afterwards" | "now">;

/**
 * An exchange that is about to be granted: claims, never the token; writing the entry assigns its place in the status
 * list.
 */
export function issuedEntry(
  id: string,
  facts: ChainFacts,
  claims: AccessTokenClaims,
  { core, now }: Pick<Service, "core" | "now">,
): NewEntry {
  return requestEntry({ ...describe(id, facts, now()), outcome: "allowed", token: claims }, core.sha256);
}

/**
 * A token that is about to be issued for a grant without a presented chain; it can be found by client and subject.
 * Claims, never the token.
 *
 * @param grantType of the request
 */
export function grantedEntry(
  claims: AccessTokenClaims,
  grantType: string,
  { core, now }: Pick<Service, "core" | "now">,
): NewEntry {
  const { sub_id: subject, act, client_id: client, jti, aud: audience, scope, exp: expires, txn, cnf } = claims;
  const { tctx, purpose_by: purposeBy } = claims;
  const about = {
    grant: grantType,
    client,
    subject: { iss: subject.iss, sub: subject.sub },
    jti,
    audience,
    scope,
    expires,
    ...(purposeBy && { purpose: tctx?.["purpose"], purposeBy }),
    ...(cnf && { cnf }),
  };
  const by = { iss: act.iss, sub: act.sub };
  const record = newAct(now(), { act: "issued", by, about });
  const entry = actEntry(taskId(txn, claims.txn_by, core.sha256), record, core.sha256);
  return { ...entry, txn, names: [...new Set([partyId(about.subject), partyId(by)])] };
}

/** The exchange was answered. */
export function settleIssued(arrival: Arrival, facts: ChainFacts, { ledger, measure, afterwards }: Recording): void {
  const { id } = arrival;
  const { task } = facts;
  afterwards(ledger.settle(task, { task: task.id, id, kind: "allowed", status: 200 }));
  measure({ ...arrived(arrival), outcome: "allowed", status: 200 });
}

/** Never rejects: a refusal stands even if the ledger cannot be reached. */
export async function recordRefused(
  arrival: Arrival,
  facts: ChainFacts,
  error: OauthError,
  { core, ledger, measure, now }: Recording,
): Promise<void> {
  const { id } = arrival;
  const { code, message } = error;
  const status = statusOf(error);
  const record = { ...describe(id, facts, now()), outcome: outcomeOf(status), rule: code, message, status };
  measure({ ...arrived(arrival), outcome: record.outcome, rule: code, status });
  const entry = requestEntry({ ...record, id: crypto.randomUUID() }, core.sha256);
  await ledger
    .admit(facts.task, { entry, standings: [], singles: [] })
    .catch((cause: unknown) => logFailure("refusal_lost", { decision: id, rule: code }, cause));
}

/** The endpoint does not continue the caller's trace. */
function arrived({ id, received }: Arrival) {
  return { id, received, route: "/oauth/token", method: "POST", trace: continueTrace(new Headers()) };
}

function describe(id: string, facts: ChainFacts, now: number) {
  return {
    id,
    time: new Date(now).toISOString(),
    chain: recordedChain(facts, undefined),
    request: { route: "oauth/token", method: "POST", path: "/oauth/token" },
  };
}
