/**
 * Stage 4: one call to the task's shard of the ledger. It spends what is single use, checks that nothing that the
 * request depends on is revoked, and records the decision with the token that it allows; nothing is forwarded without a
 * record. The rate and the approval are used up when the request is admitted.
 */
import { callerOf } from "../chain/actors.ts";
import { partyId } from "../chain/party.ts";
import { provenanceClaims } from "../chain/provenance.ts";
import type { NarrowedClaims } from "../claims.ts";
import { HopError } from "../errors.ts";
import type { AdmittedRequest, Decision } from "../types.ts";
import { reserveDays } from "./days.ts";
import { asHopError } from "./failure.ts";
import type { Gateway } from "./gateway.ts";
import type { RequestMemory } from "./memory.ts";
import { narrow } from "./narrow.ts";
import { decidedEntry } from "./record.ts";
import { noticeAdmitted } from "./signs.ts";
import { askLedger, refusalOf, standingOf } from "./standing.ts";

type Admitting = Pick<Gateway, "config" | "core" | "ledger" | "signs" | "afterwards" | "now">;

/**
 * @returns undefined if the memory that the policies have read has changed: then nothing was done, and they must decide
 * again
 * @throws HopError `revoked`, `proof_replayed`, `message_replayed`, `ledger_unavailable`, `lifetime_exhausted`, `memory_full`,
 * `memory_contended`, and those of `useUp`
 */
export async function admit(
  decision: Decision,
  memory: RequestMemory,
  gateway: Admitting,
): Promise<AdmittedRequest | undefined> {
  const { chain, remembers = {} } = decision;
  const claims = narrowedClaims(decision, gateway);
  const ofTask = memory.useOf("task", remembers);
  if (!(await reserveDays(decision, memory, gateway))) return undefined;
  const admission = {
    entry: decidedEntry(decision, claims, gateway),
    ...standingOf(chain),
    ...(ofTask && { memory: { ...ofTask, owner: chain.task.id } }),
  };
  const admitted = await askLedger(chain, admission, gateway);
  if (!admitted.admitted) {
    if (admitted.why !== "memory_moved") throw refusalOf(admitted, chain);
    memory.judgeAgainBy("task", admitted.memory);
    return undefined;
  }
  if (ofTask !== undefined && admitted.memory !== undefined) memory.changedByUse("task", ofTask, admitted.memory);
  try {
    await decision.useUp();
  } catch (cause) {
    throw asHopError(cause).with({ chain, decision, admitted: true });
  }
  noticeAdmitted(chain, gateway);
  return { decision, claims };
}

function narrowedClaims(decision: Decision, { config, now }: Pick<Admitting, "config" | "now">): NarrowedClaims {
  const { chain, approvedBy, emergency } = decision;
  const issued = Math.floor(now() / 1000);
  const { audience, scopes, expires } = narrow(decision, issued);
  if (expires <= issued) throw new HopError("lifetime_exhausted", { evidence: { chain, decision } });
  return {
    ...provenanceClaims({ facts: chain, actors: chain.actors, issuer: config.gateway.id }),
    aud: audience,
    client_id: partyId(callerOf(chain)),
    scope: scopes.join(" "),
    iat: issued,
    nbf: issued,
    exp: expires,
    jti: crypto.randomUUID(),
    pth: chain.hash,
    decision: chain.presentation.id,
    ...(approvedBy !== undefined && { approved_by: approvedBy }),
    ...(emergency !== undefined && { emergency }),
  };
}
