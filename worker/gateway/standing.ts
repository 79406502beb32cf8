/** What a request depends on, and the ledger's verdict on it, for admitted and for refused requests. */
import { HopError } from "../errors.ts";
import { type Admission, type Admitted, type Refused, standingOn } from "../ledger/admission.ts";
import type { VerifiedChain } from "../types.ts";
import type { Gateway } from "./gateway.ts";

/** What the request depends on, and its single-use parts; nothing before possession is proven. */
export function standingOf(chain: VerifiedChain): Omit<Admission, "entry"> {
  const { proof, spent, message, hops } = chain;
  if (proof === undefined) return { standings: [], singles: [] };
  const last = hops.at(-1) ?? hops[0];
  return {
    standings: [standingOn(chain.authority)],
    singles: spent === undefined ? [] : [{ name: `${spent.thumbprint} ${spent.jti}`, expires: spent.expires }],
    // A message keeps the id of its first delivery: every redelivery must use the same one.
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

const RULES = {
  revoked: "revoked",
  replayed: "proof_replayed",
  redelivered: "message_replayed",
  memory_full: "memory_full",
  memory_moved: "memory_contended",
  memory_busy: "memory_contended",
} as const;

/** A proof that was spent before proves nothing, so the refusal is recorded as unproven. */
export function refusalOf({ why }: Refused, chain: VerifiedChain): HopError {
  const rule = RULES[why];
  const stillProven = rule === "memory_full" || rule === "memory_contended";
  const evidence = { chain: stillProven ? chain : { ...chain, proof: undefined, spent: undefined } };
  return new HopError(rule, { evidence });
}
