/**
 * Stage 4: one call to the task's shard of the ledger. What is good once is spent, nothing that the request stands on is revoked,
 * and the decision is on record with the token that it allows; nothing is forwarded that is not. What the request uses up beside
 * that, its rate or an approval, is used up when it is admitted.
 */
import { callerOf } from "../chain/actors.ts";
import { partyId } from "../chain/party.ts";
import { provenanceClaims } from "../chain/provenance.ts";
import { HopError } from "../errors.ts";
import { type Admission, type Admitted, type Refused, standingOn } from "../ledger/admission.ts";
import type { AdmittedRequest, Decision, NarrowedClaims, VerifiedChain } from "../types.ts";
import type { Gateway } from "./gateway.ts";
import { narrow } from "./narrow.ts";
import { decidedEntry } from "./record.ts";

type Admitting = Pick<Gateway, "config" | "core" | "ledger" | "now">;

/** @throws HopError `revoked`, `proof_replayed`, `message_replayed`, `ledger_unavailable`, `lifetime_exhausted`, and those of `useUp` */
export async function admit(decision: Decision, gateway: Admitting): Promise<AdmittedRequest> {
  const { chain } = decision;
  const claims = narrowedClaims(decision, gateway);
  const admission = { entry: decidedEntry(decision, claims, gateway), ...standingOf(chain) };
  const admitted = await askLedger(chain, admission, gateway);
  if (!admitted.admitted) throw refusalOf(admitted, chain);
  try {
    await decision.useUp();
  } catch (cause) {
    if (cause instanceof HopError) throw cause.with({ chain, decision, admitted: true });
    throw cause;
  }
  return { decision, claims };
}

/** What must hold for the request and is good once: nothing of it before possession is proven. */
export function standingOf(chain: VerifiedChain): Omit<Admission, "entry"> {
  const { proof, spent, message, hops } = chain;
  if (proof === undefined) return { standings: [], singles: [] };
  const last = hops.at(-1) ?? hops[0];
  return {
    standings: [standingOn(chain.authority)],
    singles: spent === undefined ? [] : [{ name: `${spent.thumbprint} ${spent.jti}`, expires: spent.expires }],
    // The id under which a message is first acted on is the only one: redelivered it comes under the same.
    ...(message && {
      delivery: { message: `${last.name} ${message.id}`, delivery: message.delivery, expires: message.expires },
    }),
  };
}

export async function askLedger(
  chain: VerifiedChain,
  admission: Admission,
  { ledger }: Pick<Gateway, "ledger">,
): Promise<Admitted> {
  return ledger.admit(chain.task, admission).catch((cause: unknown) => {
    throw new HopError("ledger_unavailable", { cause });
  });
}

const RULES = { revoked: "revoked", replayed: "proof_replayed", redelivered: "message_replayed" } as const;

/** The proof that was spent before proves nothing now: what is recorded of the refusal does not count as proven. */
export function refusalOf({ why }: Refused, chain: VerifiedChain): HopError {
  return new HopError(RULES[why], { evidence: { chain: { ...chain, proof: undefined, spent: undefined } } });
}

function narrowedClaims(decision: Decision, { config, now }: Pick<Admitting, "config" | "now">): NarrowedClaims {
  const { chain } = decision;
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
  };
}
